package io.xcomposer.model;

/** A round of the conversation so far. */
public record Turn(String question, String answer) {}
