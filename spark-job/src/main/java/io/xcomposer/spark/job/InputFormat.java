package io.xcomposer.spark.job;

/** How a table of pages is stored. */
public enum InputFormat {
  /** A Parquet file or folder. */
  PARQUET("parquet", "image"),
  /** A folder of image files, a row each: path, modificationTime, length, content. */
  BINARYFILE("binaryFile", "content");

  private final String sparkName;
  private final String imageColumn;

  InputFormat(String sparkName, String imageColumn) {
    this.sparkName = sparkName;
    this.imageColumn = imageColumn;
  }

  /** The name of Spark's data source. */
  public String sparkName() {
    return sparkName;
  }

  /** The image column where none is named. */
  public String imageColumn() {
    return imageColumn;
  }
}
