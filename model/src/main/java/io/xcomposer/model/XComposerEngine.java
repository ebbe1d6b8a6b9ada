package io.xcomposer.model;

import java.nio.file.Path;

/** The path of a request, a call a stage. */
final class XComposerEngine {
  private XComposerEngine() {}

  static Engine open(Path checkpoint, EngineOptions options) {
    if (options.threads() > 0) {
      throw Errors.device(
          "no backend for " + options.device() + " and " + checkpoint, "none", null);
    }
    return null;
  }
}
