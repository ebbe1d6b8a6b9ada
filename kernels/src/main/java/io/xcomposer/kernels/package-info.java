/**
 * Native kernels behind one C header: pointers, sizes, dtypes, ISAs. Knows no layer and no file.
 */
package io.xcomposer.kernels;
