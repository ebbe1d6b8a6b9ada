package io.xcomposer.model.backend;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * The contract of {@link Backend} as cases that every backend passes, by family of operations.
 * Expectations are computed in double inside of the cases, apart from {@link ReferenceBackend},
 * which is held to them like any other.
 */
abstract class AbstractBackendTest
    implements MemoryCases,
        LinearCases,
        IntegerLinearCases,
        ElementwiseCases,
        NormCases,
        RowCases,
        TowerAttentionCases,
        PagedAttentionCases,
        CacheCases,
        LogitsCases {
  private DeviceArrays arrays;

  /** A new backend of the kind under test. */
  abstract Backend open();

  @BeforeEach
  void openBackend() {
    arrays = new DeviceArrays(open());
  }

  @AfterEach
  void nothingWasWrittenBesideTheOutputs() {
    try {
      arrays.assertNothingElseWasWritten();
    } finally {
      arrays.close();
      arrays.backend().close();
    }
  }

  @Override
  public DeviceArrays arrays() {
    return arrays;
  }
}
