/* Writes JPEG files that Pillow cannot write: any sampling, restarts, YCCK, plain RGB.
 *
 * usage: make_jpeg OUT WIDTH HEIGHT COLORS SAMPLING QUALITY RESTART PROGRESSIVE MARKERS < samples
 *   COLORS    ycc rgb gray cmyk ycck: what is stored; samples are RGB, grey or CMYK
 *   SAMPLING  one digit pair a component, e.g. 22,11,11
 *   MARKERS   0 writes neither JFIF nor Adobe markers
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <jpeglib.h>

int main(int argc, char **argv) {
  if (argc != 10) return 2;
  struct jpeg_compress_struct c;
  struct jpeg_error_mgr errors;
  c.err = jpeg_std_error(&errors);
  jpeg_create_compress(&c);
  FILE *out = fopen(argv[1], "wb");
  jpeg_stdio_dest(&c, out);
  c.image_width = atoi(argv[2]);
  c.image_height = atoi(argv[3]);
  const char *colors = argv[4];
  int four = !strcmp(colors, "cmyk") || !strcmp(colors, "ycck");
  int one = !strcmp(colors, "gray");
  c.input_components = four ? 4 : one ? 1 : 3;
  c.in_color_space = four ? JCS_CMYK : one ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&c);
  jpeg_set_colorspace(&c, !strcmp(colors, "ycck")  ? JCS_YCCK
                          : !strcmp(colors, "cmyk") ? JCS_CMYK
                          : !strcmp(colors, "rgb")  ? JCS_RGB
                          : one                     ? JCS_GRAYSCALE
                                                    : JCS_YCbCr);
  for (int i = 0; i < c.num_components; i++) {
    c.comp_info[i].h_samp_factor = argv[5][3 * i] - '0';
    c.comp_info[i].v_samp_factor = argv[5][3 * i + 1] - '0';
  }
  jpeg_set_quality(&c, atoi(argv[6]), TRUE);
  c.restart_interval = atoi(argv[7]);
  if (atoi(argv[8])) jpeg_simple_progression(&c);
  if (!atoi(argv[9])) {
    c.write_JFIF_header = FALSE;
    c.write_Adobe_marker = FALSE;
  }
  size_t stride = (size_t)c.image_width * c.input_components;
  unsigned char *row = malloc(stride);
  jpeg_start_compress(&c, TRUE);
  while (c.next_scanline < c.image_height) {
    if (fread(row, 1, stride, stdin) != stride) return 3;
    jpeg_write_scanlines(&c, &row, 1);
  }
  jpeg_finish_compress(&c);
  fclose(out);
  free(row);
  return 0;
}
