/** The Spark library: entry points for DataFrames. Knows no tensor. */
package io.xcomposer.spark;
