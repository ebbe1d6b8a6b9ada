/** The main job: a table of pages in, the same table with answers out. */
package io.xcomposer.spark.job;
