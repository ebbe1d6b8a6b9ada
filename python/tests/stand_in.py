"""The few names of PySpark that the package uses, for machines without PySpark."""

import sys
import types


class Recorded:
    """A Java object that remembers how it was made and what was set on it."""

    def __init__(self, class_name, *arguments):
        self.class_name = class_name
        self.arguments = arguments


class Param:
    def __init__(self, parent, name, doc, typeConverter=None):
        self.name = name
        self.doc = doc
        self.convert = typeConverter


class Params:
    @staticmethod
    def _dummy():
        return None


class TypeConverters:
    toString = staticmethod(str)
    toInt = staticmethod(int)
    toFloat = staticmethod(float)


class JavaTransformer:
    def __init__(self):
        self.uid = type(self).__name__ + "_1"
        self.set_values = {}
        self.defaults = {}

    def _new_java_obj(self, class_name, *arguments):
        return Recorded(class_name, *arguments)

    def _setDefault(self, **values):
        self.defaults.update(values)
        return self

    def _set(self, **values):
        for name, value in values.items():
            self.set_values[name] = getattr(type(self), name).convert(value)
        return self


def keyword_only(function):
    def with_kwargs(self, **kwargs):
        self._input_kwargs = kwargs
        return function(self, **kwargs)

    return with_kwargs


def _module(name, **names):
    module = types.ModuleType(name)
    module.__dict__.update(names)
    sys.modules[name] = module


def install():
    """Puts the stand-in where ``import pyspark`` finds it."""
    _module("pyspark", keyword_only=keyword_only)
    _module("pyspark.ml")
    _module("pyspark.ml.param", Param=Param, Params=Params, TypeConverters=TypeConverters)
    _module(
        "pyspark.ml.util",
        DefaultParamsReadable=type("DefaultParamsReadable", (), {}),
        DefaultParamsWritable=type("DefaultParamsWritable", (), {}),
    )
    _module("pyspark.ml.wrapper", JavaTransformer=JavaTransformer)
    _module("pyspark.sql", Column=object, SparkSession=object)
    _module(
        "pyspark.sql.functions",
        call_udf=lambda name, *columns: (name, *columns),
        create_map=lambda *columns: dict(zip(columns[::2], columns[1::2])),
        lit=lambda value: value,
    )
