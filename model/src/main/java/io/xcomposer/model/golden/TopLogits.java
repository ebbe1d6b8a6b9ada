package io.xcomposer.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The logits after the prompt, as recorded: the largest, with their ids. */
final class TopLogits implements StageObserver {
  private final Backend backend;
  private float[] logits = new float[0];

  TopLogits(Backend backend) {
    this.backend = backend;
  }

  @Override
  public void stage(String stage, Tensor tensor) {
    if (stage.equals("logits_last")) {
      logits = floats(backend, tensor);
    }
  }

  /** Reads a tensor of the device. */
  static float[] floats(Backend backend, Tensor tensor) {
    int count = Math.toIntExact(tensor.shape().elements());
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(count, DType.F32.bytes()))
            .order(ByteOrder.LITTLE_ENDIAN);
    backend.download(tensor, bytes);
    float[] values = new float[count];
    bytes.rewind().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return values;
  }

  /**
   * Takes note of how far logits are from the recorded ones, and reports those beyond a limit.
   *
   * @param recorded pairs of id and value
   */
  void compare(JsonNode recorded, String what, double limit, Findings findings) {
    for (JsonNode pair : recorded) {
      int id = pair.get(0).asInt();
      if (id >= logits.length) {
        findings.differ(what + ": no logit for id " + id);
      } else {
        findings.deviation().logit(pair.get(1).asDouble(), logits[id]);
        findings.near(what + " of id " + id, pair.get(1).asDouble(), logits[id], limit);
      }
    }
  }
}
