"""Stages of Spark ML pipelines over the Java ones: params are checked there."""

from pyspark import keyword_only
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.ml.wrapper import JavaTransformer


def _param(name: str, doc: str, converter) -> Param:
    return Param(Params._dummy(), name, doc, typeConverter=converter)


class _DocumentTransformer(JavaTransformer, DefaultParamsReadable, DefaultParamsWritable):
    """What both stages have in common. A param that is not set is left to the session's key.

    Saved by Python, because PySpark finds the Python class of a Java stage in its own package only;
    so pipelines with these stages are saved and loaded by Python, too.
    """

    imageCol = _param(
        "imageCol",
        "column of file contents, of paths, or of Spark's image type",
        TypeConverters.toString,
    )
    outputCol = _param("outputCol", "column for the answer", TypeConverters.toString)
    errorCol = _param(
        "errorCol",
        "column for the reason why a row has no answer; not added if not set",
        TypeConverters.toString,
    )
    model = _param("model", "folder of the checkpoint, on the driver and every executor", TypeConverters.toString)
    device = _param("device", "auto, cpu or cuda", TypeConverters.toString)
    dtype = _param("dtype", "f32 (exact) or bf16", TypeConverters.toString)
    mode = _param("mode", "PERMISSIVE, DROPMALFORMED or FAILFAST", TypeConverters.toString)
    hdNum = _param("hdNum", "budget of 336 px tiles for an image", TypeConverters.toInt)
    maxNewTokens = _param("maxNewTokens", "most tokens of an answer", TypeConverters.toInt)
    numBeams = _param("numBeams", "hypotheses of a beam search; 1 is greedy", TypeConverters.toInt)
    repetitionPenalty = _param(
        "repetitionPenalty", "above 1 makes repeated tokens less likely", TypeConverters.toFloat
    )


class DocumentCaptioner(_DocumentTransformer):
    """Describes each image."""

    @keyword_only
    def __init__(
        self,
        *,
        imageCol=None,
        outputCol=None,
        errorCol=None,
        model=None,
        device=None,
        dtype=None,
        mode=None,
        hdNum=None,
        maxNewTokens=None,
        numBeams=None,
        repetitionPenalty=None,
    ):
        super().__init__()
        self._java_obj = self._new_java_obj("io.xcomposer.spark.ml.DocumentCaptioner", self.uid)
        self._setDefault(imageCol="image", outputCol="caption")
        self._set(**{name: value for name, value in self._input_kwargs.items() if value is not None})

    def setImageCol(self, value):
        return self._set(imageCol=value)

    def setOutputCol(self, value):
        return self._set(outputCol=value)

    def setErrorCol(self, value):
        return self._set(errorCol=value)

    def setModel(self, value):
        return self._set(model=value)

    def setDevice(self, value):
        return self._set(device=value)

    def setDtype(self, value):
        return self._set(dtype=value)

    def setMode(self, value):
        return self._set(mode=value)

    def setHdNum(self, value):
        return self._set(hdNum=value)

    def setMaxNewTokens(self, value):
        return self._set(maxNewTokens=value)

    def setNumBeams(self, value):
        return self._set(numBeams=value)

    def setRepetitionPenalty(self, value):
        return self._set(repetitionPenalty=value)


class DocumentQuestionAnswerer(_DocumentTransformer):
    """Answers a question, or several, about each image."""

    question = _param(
        "question", "question for all rows; this or questionCol", TypeConverters.toString
    )
    questionCol = _param(
        "questionCol", "column of questions (string or array of strings); this or question", TypeConverters.toString
    )

    @keyword_only
    def __init__(
        self,
        *,
        imageCol=None,
        question=None,
        questionCol=None,
        outputCol=None,
        errorCol=None,
        model=None,
        device=None,
        dtype=None,
        mode=None,
        hdNum=None,
        maxNewTokens=None,
        numBeams=None,
        repetitionPenalty=None,
    ):
        super().__init__()
        self._java_obj = self._new_java_obj("io.xcomposer.spark.ml.DocumentQuestionAnswerer", self.uid)
        self._setDefault(imageCol="image", outputCol="answer")
        self._set(**{name: value for name, value in self._input_kwargs.items() if value is not None})

    def setImageCol(self, value):
        return self._set(imageCol=value)

    def setQuestion(self, value):
        return self._set(question=value)

    def setQuestionCol(self, value):
        return self._set(questionCol=value)

    def setOutputCol(self, value):
        return self._set(outputCol=value)

    def setErrorCol(self, value):
        return self._set(errorCol=value)

    def setModel(self, value):
        return self._set(model=value)

    def setDevice(self, value):
        return self._set(device=value)

    def setDtype(self, value):
        return self._set(dtype=value)

    def setMode(self, value):
        return self._set(mode=value)

    def setHdNum(self, value):
        return self._set(hdNum=value)

    def setMaxNewTokens(self, value):
        return self._set(maxNewTokens=value)

    def setNumBeams(self, value):
        return self._set(numBeams=value)

    def setRepetitionPenalty(self, value):
        return self._set(repetitionPenalty=value)
