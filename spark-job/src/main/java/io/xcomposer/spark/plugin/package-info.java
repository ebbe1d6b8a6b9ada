/** What Spark calls by itself when it is told to: {@code spark.plugins}. */
package io.xcomposer.spark.plugin;
