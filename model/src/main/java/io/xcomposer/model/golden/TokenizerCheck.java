package io.xcomposer.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcomposer.model.text.Tokenizer;

/** Holds a tokenizer to its recorded cases. */
final class TokenizerCheck {
  private final Tokenizer tokenizer;

  TokenizerCheck(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  Findings check(JsonNode cases) {
    Findings findings = new Findings();
    for (JsonNode node : cases.get("encode")) {
      String text = node.get("text").asText();
      int[] ids = GoldenCase.ints(node.get("ids_without_bos"));
      findings.equalIds("encode '" + text + "'", ids, tokenizer.encodeWithoutBos(text));
      decoded(node, "decode '" + text + "'", tokenizer.encode(text), findings);
    }
    for (JsonNode node : cases.get("decode")) {
      int[] ids = GoldenCase.ints(node.get("ids"));
      decoded(node, "decode " + node.get("ids"), ids, findings);
    }
    int count = cases.get("encode").size() + cases.get("decode").size();
    findings.note(count + " tokenizer cases");
    return findings;
  }

  private void decoded(JsonNode node, String what, int[] ids, Findings findings) {
    findings.equal(what, node.get("decoded").asText(), tokenizer.decode(ids));
    findings.equal(
        what + " with special ids",
        node.get("decoded_keep_special").asText(),
        tokenizer.decodeKeepSpecial(ids));
  }
}
