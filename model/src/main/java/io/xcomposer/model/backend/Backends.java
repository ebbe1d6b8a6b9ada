package io.xcomposer.model.backend;

import io.xcomposer.model.Errors;

/** Opens the backend of a device. Never falls back: a device that is not there is an error. */
public final class Backends {
  private Backends() {}

  /**
   * Opens the backend of {@code device}.
   *
   * @param device {@code "cpu"}, {@code "cuda"} or {@code "cuda:N"}
   * @param threads compute threads of the CPU, the calling one included
   * @throws io.xcomposer.model.XComposerException when the device is unknown, absent or cannot work
   */
  public static Backend open(String device, int threads) {
    requireKnown(device);
    return CpuBackend.open(threads);
  }

  /**
   * Refuses a device that this build cannot work with, without opening any.
   *
   * @throws io.xcomposer.model.XComposerException as {@link #open}
   */
  public static void requireKnown(String device) {
    if (device.equals("cpu")) {
      return;
    }
    if (device.matches("cuda(:\\d{1,4})?")) {
      throw Errors.device(
          "device " + device + ": this build has no CUDA backend", "use the device cpu", null);
    }
    throw Errors.option("device", device, "cpu");
  }
}
