package io.xcomposer.model.text;

import io.xcomposer.model.Errors;
import io.xcomposer.model.Request;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.Turn;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.text.Prompt.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/** Makes the prompt of a request (model-spec 7). Immutable and thread-safe. */
public final class PromptAssembler {
  /** The system text of the published {@code chat}. */
  public static final String DEFAULT_META_INSTRUCTION =
      """
      You are an AI assistant whose name is InternLM-XComposer (浦语·灵笔).
      - InternLM-XComposer (浦语·灵笔) is a multi-modality conversational language model that is developed by Shanghai AI Laboratory (上海人工智能实验室). It is designed to be helpful, honest, and harmless.
      - InternLM-XComposer (浦语·灵笔) can understand and communicate fluently in the language chosen by the user such as English and 中文.
      - InternLM-XComposer (浦语·灵笔) is capable of comprehending and articulating responses effectively based on the provided image.""";

  private static final String SYSTEM = Tokenizer.START_OF_TURN + "system\n";
  private static final String USER = Tokenizer.START_OF_TURN + "user\n";
  private static final String ASSISTANT = Tokenizer.START_OF_TURN + "assistant\n";
  private static final String END = Tokenizer.END_OF_TURN + "\n";

  private final Tokenizer tokenizer;
  private final int vocabSize;
  private final int maxLength;

  /**
   * An assembler for one checkpoint.
   *
   * @param vocabSize rows of the embedding table, {@code vocab_size} of config.json
   * @param maxLength most positions of a prompt, {@code max_length} of config.json
   */
  public PromptAssembler(Tokenizer tokenizer, int vocabSize, int maxLength) {
    if (tokenizer.pieces() > vocabSize) {
      throw Errors.checkpoint(
          SentencePieceModel.FILE,
          "has %d pieces, but vocab_size of config.json is %d"
              .formatted(tokenizer.pieces(), vocabSize),
          "give the checkpoint the tokenizer files that belong to its weights");
    }
    this.tokenizer = tokenizer;
    this.vocabSize = vocabSize;
    this.maxLength = maxLength;
  }

  /**
   * The prompt of a request. In the chat style every text part starts with its own BOS, and a
   * text-only prompt with two. In the harness style the query is the whole text after the image (no
   * system text, no history): the prompt is one BOS, the images (in front, or where the query has
   * markers), and the text without BOS; without an image one BOS and the text.
   *
   * @throws XComposerException of kind PROMPT when markers and images do not match, the text alone
   *     is too long, or it has a token that the model has no embedding for
   */
  public Prompt assemble(Request request) {
    return switch (request.style()) {
      case CHAT -> chat(request);
      case HARNESS -> harness(request);
    };
  }

  /**
   * Positions of a prompt, if the model can take as many.
   *
   * @param imageTokens of each image of the request
   * @throws XComposerException of kind PROMPT when there are more than max_length
   */
  public int lengthWithinLimit(Prompt prompt, int[] imageTokens) {
    int text = prompt.textTokens();
    int length = prompt.length(imageTokens);
    if (length > maxLength) {
      throw tooLong(
          "has %d tokens (%d of text, %d of images)".formatted(length, text, length - text));
    }
    return length;
  }

  private Prompt chat(Request request) {
    MarkedText text = new MarkedText();
    int images = request.images().size();
    if (images == 0) {
      // the published code writes a BOS into the text and its tokenizer adds another
      text.append(tokenizer.bosText());
    }
    if (!request.metaInstruction().isEmpty()) {
      text.append(SYSTEM + request.metaInstruction() + END);
    }
    SpecialText specialText = request.specialText();
    for (Turn turn : request.history()) {
      text.append(USER).append(turn.question(), specialText).append(END);
      text.append(ASSISTANT).append(turn.answer(), specialText).append(END);
    }
    text.append(USER).append(request.query(), specialText).append(END).append(ASSISTANT);

    requireChars(text.length());
    List<MarkedText> parts = splitAtMarkers(text);
    requireMarkers(parts.size() - 1, images);
    List<int[]> ids = new ArrayList<>();
    for (MarkedText part : parts) {
      ids.add(part.isEmpty() ? new int[0] : tokenizer.encode(part));
    }
    return interleave(ids);
  }

  private Prompt harness(Request request) {
    if (!request.history().isEmpty()) {
      throw Errors.prompt(
          "a harness prompt has no history, but %d rounds were given"
              .formatted(request.history().size()),
          "leave the history out or use the prompt style chat");
    }
    requireChars(request.query().length());
    int images = request.images().size();
    List<MarkedText> parts = splitAtMarkers(harnessText(request));
    if (parts.size() == 1) {
      parts.addAll(0, Collections.nCopies(images, new MarkedText()));
    }
    requireMarkers(parts.size() - 1, images);
    List<int[]> ids = new ArrayList<>();
    for (MarkedText part : parts) {
      ids.add(tokenizer.encodeWithoutBos(part));
    }
    ids.set(
        0, IntStream.concat(IntStream.of(tokenizer.bosId()), IntStream.of(ids.get(0))).toArray());
    return interleave(ids);
  }

  /**
   * The query of a harness request. It is the frame and the question in one, so the question can be
   * neutralised only where it is plain to see: in a single user turn.
   */
  private MarkedText harnessText(Request request) {
    String query = request.query();
    SpecialText specialText = request.specialText();
    String close = END + ASSISTANT;
    if (specialText == SpecialText.AS_PUBLISHED) {
      return new MarkedText().append(query);
    }
    String images = Request.IMAGE_MARKER.repeat(leadingMarkers(query));
    String turn = query.substring(images.length());
    if (turn.startsWith(USER) && turn.endsWith(close)) {
      String question = turn.substring(USER.length(), turn.length() - close.length());
      return new MarkedText().append(images + USER).append(question, specialText).append(close);
    }
    MarkedText plain = MarkedText.of(query, specialText);
    if (!Arrays.equals(tokenizer.encodeWithoutBos(plain), tokenizer.encodeWithoutBos(query))) {
      throw Errors.prompt(
          "the harness prompt has special text, and what of it is the question cannot be told",
          "give one user turn (%suser … %s%sassistant), or allow special text as published"
              .formatted(Tokenizer.START_OF_TURN, Tokenizer.END_OF_TURN, Tokenizer.START_OF_TURN));
    }
    return plain;
  }

  private static int leadingMarkers(String query) {
    int count = 0;
    while (query.startsWith(Request.IMAGE_MARKER, count * Request.IMAGE_MARKER.length())) {
      count++;
    }
    return count;
  }

  private static List<MarkedText> splitAtMarkers(MarkedText marked) {
    List<MarkedText> parts = new ArrayList<>();
    String text = marked.text();
    int from = 0;
    int marker = text.indexOf(Request.IMAGE_MARKER);
    while (marker >= 0) {
      parts.add(marked.part(from, marker));
      from = marker + Request.IMAGE_MARKER.length();
      marker = text.indexOf(Request.IMAGE_MARKER, from);
    }
    parts.add(marked.part(from, text.length()));
    return parts;
  }

  private static void requireMarkers(int markers, int images) {
    if (markers != images) {
      throw Errors.prompt(
          "Invalid %s prompt format. Question, history and system text have %d markers for %d images"
              .formatted(Request.IMAGE_MARKER, markers, images),
          "write %s once for each image, in the order of the images"
              .formatted(Request.IMAGE_MARKER));
    }
  }

  /** Refuses early what cannot fit, so that a giant question costs no encoding. */
  private void requireChars(int chars) {
    int fewest = tokenizer.fewestTokens(chars);
    if (fewest > maxLength) {
      throw tooLong("has %d characters, at least %d tokens".formatted(chars, fewest));
    }
  }

  private XComposerException tooLong(String howLong) {
    return Errors.prompt(
        "the prompt %s, but the model takes at most %d".formatted(howLong, maxLength),
        "shorten the question, drop rounds of the history or lower hd-num");
  }

  /** Text parts with the images between them. */
  private Prompt interleave(List<int[]> parts) {
    List<Segment> segments = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      if (i > 0) {
        segments.add(new Segment.Image(i - 1));
      }
      if (parts.get(i).length > 0) {
        requireEmbeddings(parts.get(i));
        segments.add(new Segment.Text(parts.get(i)));
      }
    }
    boolean withImage = parts.size() > 1;
    Prompt prompt =
        new Prompt(segments, withImage, withImage ? new int[] {tokenizer.bosId()} : parts.get(0));
    // whatever the images take, this much is there
    lengthWithinLimit(prompt, new int[parts.size() - 1]);
    return prompt;
  }

  private void requireEmbeddings(int[] ids) {
    for (int id : ids) {
      if (id >= vocabSize) {
        throw Errors.prompt(
            "the text has %s, token %d, and the model has embeddings for tokens 0 to %d only"
                .formatted(tokenizer.token(id), id, vocabSize - 1),
            "take it out of question, history and system text, or neutralise special text");
      }
    }
  }
}
