"""The SQL functions as Python functions on columns.

Options are those of docs/configuration.md by their short names, for example
``ask("image", lit("What is the total?"), hdNum=55, maxNewTokens=64)``.
"""

from pyspark.sql import Column, SparkSession
from pyspark.sql.functions import call_udf, create_map, lit


def register(spark: SparkSession) -> None:
    """Gives a session the functions, where it was not started with the extension."""
    spark._jvm.io.xcomposer.spark.sql.XComposerFunctions.register(spark._jsparkSession)


def ask(image, question, **options) -> Column:
    """The answer to a question (or array of questions) about an image; NULL after an error."""
    return _call("ask", [image, question], options)


def ask_struct(image, question, **options) -> Column:
    """As ``ask``, with all that is known: answer, finish_reason, tokens, confidence, error, ..."""
    return _call("ask_struct", [image, question], options)


def caption(image, **options) -> Column:
    """A description of an image; NULL after an error."""
    return _call("caption", [image], options)


def caption_struct(image, **options) -> Column:
    """As ``caption``, with all that is known about it."""
    return _call("caption_struct", [image], options)


def _call(function: str, arguments: list, options: dict) -> Column:
    if options:
        pairs = [lit(text) for name, value in options.items() for text in (name, _text(value))]
        arguments = [*arguments, create_map(*pairs)]
    return call_udf(function, *arguments)


def _text(value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
