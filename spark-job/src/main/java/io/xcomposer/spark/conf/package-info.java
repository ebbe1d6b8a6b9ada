/** Settings of jobs, functions and executors, typed and checked. */
package io.xcomposer.spark.conf;
