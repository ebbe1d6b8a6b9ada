"""What the Python layer asks of the Java one."""

import re
import unittest
from pathlib import Path

try:
    import pyspark  # noqa: F401
except ImportError:
    from tests import stand_in

    stand_in.install()
    HAS_PYSPARK = False
else:
    HAS_PYSPARK = True

import xcomposer
from xcomposer import ml

JAVA = Path(__file__).parents[2] / "spark-job/src/main/java/io/xcomposer/spark"


def java_params(class_name):
    """Names of the params that a Java stage declares."""
    source = (JAVA / "ml" / f"{class_name}.java").read_text()
    return set(re.findall(r"public (?:final )?(?:\w*Param)(?:<\w+>)? (\w+)\(\)", source))


def python_params(stage):
    return {name for name in dir(stage) if type(getattr(stage, name)).__name__ == "Param"}


class ParamsTest(unittest.TestCase):
    def test_both_languages_have_the_same_params(self):
        common = java_params("DocumentTransformer")
        self.assertIn("hdNum", common)
        for stage in (ml.DocumentCaptioner, ml.DocumentQuestionAnswerer):
            self.assertEqual(
                python_params(stage), common | java_params(stage.__name__), stage.__name__
            )

    def test_stages_are_saved_by_python(self):
        # As Java stages they could be saved and not loaded: PySpark looks in its own package.
        for stage in (ml.DocumentCaptioner, ml.DocumentQuestionAnswerer):
            names = {parent.__name__ for parent in stage.__mro__}
            self.assertLessEqual({"DefaultParamsReadable", "DefaultParamsWritable"}, names)
            self.assertNotIn("JavaMLWritable", names)

    def test_every_param_has_a_setter(self):
        for stage in (ml.DocumentCaptioner, ml.DocumentQuestionAnswerer):
            for name in python_params(stage):
                self.assertTrue(hasattr(stage, "set" + name[0].upper() + name[1:]), name)


@unittest.skipIf(HAS_PYSPARK, "looks into the stand-in")
class CallsTest(unittest.TestCase):
    def test_options_go_along_as_a_map_of_texts(self):
        self.assertEqual(
            xcomposer.ask("image", "question", hdNum=55, doSample=True),
            ("ask", "image", "question", {"hdNum": "55", "doSample": "true"}),
        )

    def test_without_options_there_is_no_map(self):
        self.assertEqual(xcomposer.caption_struct("image"), ("caption_struct", "image"))

    def test_a_stage_is_the_java_stage_with_its_uid(self):
        stage = xcomposer.DocumentQuestionAnswerer(question="Why?", hdNum="4")
        self.assertEqual(
            stage._java_obj.class_name, "io.xcomposer.spark.ml.DocumentQuestionAnswerer"
        )
        self.assertEqual(stage._java_obj.arguments, (stage.uid,))
        self.assertEqual(stage.set_values, {"question": "Why?", "hdNum": 4})
        self.assertEqual(stage.defaults, {"imageCol": "image", "outputCol": "answer"})


if __name__ == "__main__":
    unittest.main()
