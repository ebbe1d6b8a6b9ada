package io.xcomposer.model;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom inside of this module; the design is in docs/ARCHITECTURE.md. */
class ModuleBoundariesTest {
  private static final String MODEL = "io.xcomposer.model";

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(MODEL);

  @Test
  void theModelKnowsNoSpark() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.apache.spark..", "scala..", "io.xcomposer.spark..")
        .check(classes);
  }

  @Test
  void onlyTheBackendKnowsKernels() {
    noClasses()
        .that()
        .resideOutsideOfPackage(MODEL + ".backend..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.xcomposer.kernels..", "org.bytedeco..")
        .check(classes);
  }

  @Test
  void onlyImageKnowsCodecs() {
    noClasses()
        .that()
        .resideOutsideOfPackage(MODEL + ".image..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.awt..", "javax.imageio..", "com.twelvemonkeys..")
        .check(classes);
  }

  @Test
  void onlyReadersOfFilesKnowJson() {
    noClasses()
        .that()
        .resideInAnyPackage(
            MODEL + ".tensor..",
            MODEL + ".backend..",
            MODEL + ".image..",
            MODEL + ".vision..",
            MODEL + ".decoder..",
            MODEL + ".generate..",
            MODEL + ".weights..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("com.fasterxml.jackson..")
        .check(classes);
  }

  /** The way of a row from the top down: each package with those that may use it. */
  @Test
  void packagesAreUsedFromAboveOnly() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("engine")
        .definedBy(MODEL)
        .layer("tools")
        .definedBy(MODEL + ".golden..", MODEL + ".bench..")
        .layer("image")
        .definedBy(MODEL + ".image..")
        .layer("text")
        .definedBy(MODEL + ".text..")
        .layer("generate")
        .definedBy(MODEL + ".generate..")
        .layer("vision")
        .definedBy(MODEL + ".vision..")
        .layer("decoder")
        .definedBy(MODEL + ".decoder..")
        .layer("weights")
        .definedBy(MODEL + ".weights..")
        .layer("checkpoint")
        .definedBy(MODEL + ".checkpoint..")
        .layer("backend")
        .definedBy(MODEL + ".backend..")
        .whereLayer("tools")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("image")
        .mayOnlyBeAccessedByLayers("engine", "tools", "vision")
        .whereLayer("text")
        .mayOnlyBeAccessedByLayers("engine", "tools", "generate")
        .whereLayer("generate")
        .mayOnlyBeAccessedByLayers("engine", "tools")
        .whereLayer("vision")
        .mayOnlyBeAccessedByLayers("engine", "tools")
        .whereLayer("decoder")
        .mayOnlyBeAccessedByLayers("engine", "tools", "generate")
        .whereLayer("weights")
        .mayOnlyBeAccessedByLayers("engine", "tools", "vision", "decoder")
        .whereLayer("checkpoint")
        .mayOnlyBeAccessedByLayers("engine", "tools", "weights")
        .whereLayer("backend")
        .mayOnlyBeAccessedByLayers(
            "engine", "tools", "generate", "vision", "decoder", "weights", "checkpoint")
        .check(classes);
  }

  @Test
  void packagesFormNoCycle() {
    slices().matching(MODEL + ".(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void theModelPrintsNothing() {
    NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(classes);
  }
}
