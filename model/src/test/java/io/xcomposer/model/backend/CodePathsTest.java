package io.xcomposer.model.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.tensor.DType;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What all code paths of the processor answer to the bit. */
class CodePathsTest {
  /** Sums of integers have no order; one multiplication ends them. */
  @ParameterizedTest
  @CsvSource({
    "INT8, 1, 519, 70", "INT8, 8, 1100, 200", "INT8, 77, 64, 65",
    "INT4, 1, 519, 70", "INT4, 8, 1100, 200", "INT4, 77, 64, 65"
  })
  void integerLayersGiveTheSameBitsOnEveryCodePath(DType dtype, int rows, int in, int out) {
    Map<Isa, float[]> results = new LinkedHashMap<>();
    for (Isa isa : CpuBackend.supportedIsas()) {
      results.put(isa, linear(isa, dtype, rows, in, out));
    }
    float[] base = results.get(Isa.BASE);
    results.forEach((isa, result) -> assertThat(result).as("%s", isa).containsExactly(base));
  }

  private static float[] linear(Isa isa, DType dtype, int rows, int in, int out) {
    try (Backend backend = CpuBackend.open(2, isa);
        DeviceArrays arrays = new DeviceArrays(backend)) {
      WeightSource w = new ArrayWeight(BackendCases.gaussians(1, (long) in * out), out, in);
      var x = arrays.input(BackendCases.gaussians(2, (long) rows * in), rows, in);
      var result = arrays.output(rows, out);
      try (PackedWeight weight = backend.pack(w, null, dtype)) {
        backend.linear(result, x, weight);
      }
      return arrays.read(result);
    }
  }
}
