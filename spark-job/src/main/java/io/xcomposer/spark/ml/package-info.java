/** Stages of Spark ML pipelines over the SQL functions. */
package io.xcomposer.spark.ml;
