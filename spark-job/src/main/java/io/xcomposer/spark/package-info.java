/** Rows, tasks, executors, SQL and the command line. Knows no tensor. */
package io.xcomposer.spark;
