package io.xcomposer.model.text;

/**
 * The text of an answer while its ids arrive. All that {@link #push} and {@link #finish} return,
 * joined, is the text of {@link AnswerText#of} for the same ids. For one answer and one thread.
 */
public interface TextStream {
  /** Takes the next id and returns the text that is certain now; often empty. */
  String push(int id);

  /** Returns the rest once the last id has been pushed. */
  String finish();
}
