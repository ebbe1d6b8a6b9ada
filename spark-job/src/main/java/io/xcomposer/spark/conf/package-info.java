/** Every {@code spark.xcomposer.*} key: typed, checked and explained in one place. */
package io.xcomposer.spark.conf;
