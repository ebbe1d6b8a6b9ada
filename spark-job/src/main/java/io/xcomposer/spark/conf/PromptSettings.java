package io.xcomposer.spark.conf;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.Turn;
import java.io.Serializable;
import java.util.List;

/**
 * What all questions of a job or command have in common.
 *
 * @param metaInstruction system text; empty for none
 * @param hdNum budget of 336 px tiles for each image
 */
public record PromptSettings(
    PromptStyle style, SpecialText specialText, String metaInstruction, int hdNum)
    implements Serializable {

  public PromptSettings {
    Request.requireHdNum(hdNum);
  }

  /**
   * A question about images.
   *
   * @param question in {@link PromptStyle#CHAT} markers for the images are put in front where
   *     neither it nor the history has one
   */
  public Request ask(
      List<ImageSource> images, String question, List<Turn> history, GenerationOptions generation) {
    String query =
        style == PromptStyle.CHAT
            ? Request.withMarkers(question, history, images.size())
            : question;
    return new Request(
        images, query, history, style, specialText, metaInstruction, hdNum, generation);
  }
}
