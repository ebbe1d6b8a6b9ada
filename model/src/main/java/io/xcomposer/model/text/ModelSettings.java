package io.xcomposer.model.text;

/**
 * The trainer's and normaliser's settings of a SentencePiece model, as far as they change ids. They
 * start at the format's defaults; a message that comes twice overwrites field by field, as protobuf
 * says.
 */
final class ModelSettings {
  private static final int BPE = 2;

  private long modelType = 1;
  private boolean byteFallback;
  private int normalizerRules;
  private int denormalizerRules;
  private boolean addDummyPrefix = true;
  private boolean removeExtraWhitespaces = true;
  private boolean escapeWhitespaces = true;

  void readTrainer(ProtobufReader message) {
    while (message.next()) {
      switch (message.field()) {
        case 3 -> modelType = message.number();
        case 35 -> byteFallback = message.number() != 0;
        default -> message.skip();
      }
    }
  }

  void readNormalizer(ProtobufReader message) {
    while (message.next()) {
      switch (message.field()) {
        case 2 -> normalizerRules = message.byteCount();
        case 3 -> addDummyPrefix = message.number() != 0;
        case 4 -> removeExtraWhitespaces = message.number() != 0;
        case 5 -> escapeWhitespaces = message.number() != 0;
        default -> message.skip();
      }
    }
  }

  void readDenormalizer(ProtobufReader message) {
    while (message.next()) {
      if (message.field() == 2) {
        denormalizerRules = message.byteCount();
      } else {
        message.skip();
      }
    }
  }

  /** Refuses every setting that this tokenizer would not honour. */
  void requireSupported() {
    require(modelType == BPE, "trainer_spec.model_type", modelType, "2 (BPE)");
    require(byteFallback, "trainer_spec.byte_fallback", false, "true");
    require(
        normalizerRules == 0,
        "normalizer_spec.precompiled_charsmap",
        normalizerRules + " bytes",
        "empty (the identity)");
    require(!addDummyPrefix, "normalizer_spec.add_dummy_prefix", true, "false");
    require(!removeExtraWhitespaces, "normalizer_spec.remove_extra_whitespaces", true, "false");
    require(escapeWhitespaces, "normalizer_spec.escape_whitespaces", false, "true");
    require(
        denormalizerRules == 0,
        "denormalizer_spec.precompiled_charsmap",
        denormalizerRules + " bytes",
        "empty");
  }

  private static void require(boolean holds, String field, Object value, String needed) {
    if (!holds) {
      throw SentencePieceModel.broken(
          "%s is %s and this model's tokenizer has %s".formatted(field, value, needed));
    }
  }
}
