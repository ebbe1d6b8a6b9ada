/**
 * Finds rows that take executors down. While a task is careful, each of its rows has a file in a
 * shared folder for as long as it is in work; a file whose process is dead tells of a crash.
 *
 * <pre>
 *   nothing known ──crash──▶ suspect ──▶ runs alone in its executor ──crash──▶ set aside
 *                                              └──answer or error──▶ nothing known
 * </pre>
 */
package io.xcomposer.spark.quarantine;
