/** Between rows and requests: image cells, look-ahead, answers and errors as data. */
package io.xcomposer.spark.rows;
