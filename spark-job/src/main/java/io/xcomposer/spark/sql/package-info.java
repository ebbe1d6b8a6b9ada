/**
 * Pages in Spark SQL: the functions {@code ask} and {@code caption}, and the one operator that
 * answers them in batches.
 */
package io.xcomposer.spark.sql;
