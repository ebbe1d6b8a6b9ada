package io.xcomposer.model.decoder;

/** Rows {@code first} to {@code first + count} of a step. */
public record RowRange(int first, int count) {}
