"""Documents read by InternLM-XComposer2-4KHD in PySpark: a thin layer over the Spark library.

The library's jar has to be on the session's class path (``spark.jars``).
"""

from xcomposer.functions import ask, ask_struct, caption, caption_struct, register
from xcomposer.ml import DocumentCaptioner, DocumentQuestionAnswerer

__all__ = [
    "DocumentCaptioner",
    "DocumentQuestionAnswerer",
    "ask",
    "ask_struct",
    "caption",
    "caption_struct",
    "register",
]
