package io.xcomposer.spark.conf;

/** What a key is about: a section of the page of all keys. */
public enum Category {
  ENGINE("Model and device", "Which model runs, and on what. One engine serves an executor."),
  PROMPT("Prompt", "What stands around a question, and how closely a page is read."),
  GENERATION("Generation", "How an answer is searched."),
  ROWS("Rows", "How many rows are held at a time, and what becomes of those that fail."),
  OPERATION("Operation", "What an operator sees and starts.");

  private final String title;
  private final String introduction;

  Category(String title, String introduction) {
    this.title = title;
    this.introduction = introduction;
  }

  public String title() {
    return title;
  }

  public String introduction() {
    return introduction;
  }
}
