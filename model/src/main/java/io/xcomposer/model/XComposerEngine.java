package io.xcomposer.model;

import java.nio.file.Path;

/** The path of a request, a call a stage. */
final class XComposerEngine {
  private XComposerEngine() {}

  @SuppressWarnings("DoNotCallSuggester")
  static Engine open(Path checkpoint, EngineOptions options) {
    throw new IllegalStateException("not built yet: " + checkpoint + " " + options);
  }
}
