package io.xcomposer.spark;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Who may know whom inside of this module; the design is in docs/ARCHITECTURE.md. */
class PackageBoundariesTest {
  private static final String SPARK = "io.xcomposer.spark";

  private final JavaClasses classes =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(SPARK);

  @Test
  void packagesKnowOnlyThoseBelowThem() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("conf")
        .definedBy(SPARK + ".conf")
        .layer("rows")
        .definedBy(SPARK + ".rows")
        .layer("engine")
        .definedBy(SPARK + ".engine", SPARK + ".quarantine")
        .layer("plugin")
        .definedBy(SPARK + ".plugin")
        .layer("sql")
        .definedBy(SPARK + ".sql")
        .layer("api")
        .definedBy(SPARK)
        .layer("ml")
        .definedBy(SPARK + ".ml")
        .layer("job")
        .definedBy(SPARK + ".job")
        .layer("cli")
        .definedBy(SPARK + ".cli")
        .whereLayer("cli")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("ml")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("plugin")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("job")
        .mayOnlyBeAccessedByLayers("cli")
        .whereLayer("api")
        .mayOnlyBeAccessedByLayers("ml", "job", "cli")
        .whereLayer("sql")
        .mayOnlyBeAccessedByLayers("api", "job", "cli")
        .whereLayer("engine")
        .mayOnlyBeAccessedByLayers("plugin", "sql", "job", "cli")
        .check(classes);
  }

  @Test
  void noPackagesGoRoundInCircles() {
    slices().matching(SPARK + ".(*)..").should().beFreeOfCycles().check(classes);
  }

  @Test
  void nothingKnowsTensors() {
    noClasses()
        .that()
        .resideOutsideOfPackages(SPARK + ".cli", SPARK + ".conf", SPARK + ".job")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.xcomposer.kernels..",
            "io.xcomposer.model.decoder..",
            "io.xcomposer.model.generate..",
            "io.xcomposer.model.vision..",
            "io.xcomposer.model.weights..")
        .check(classes);
  }
}
