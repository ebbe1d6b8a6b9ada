/** Settings of jobs, functions and executors: every {@code spark.xcomposer.*} key, typed and checked. */
package io.xcomposer.spark.conf;
