/** The one engine of an executor: which device, how it is opened, shared and closed. */
package io.xcomposer.spark.engine;
