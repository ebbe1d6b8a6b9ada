package io.xcomposer.model.image;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/**
 * Image files to pixels: PNG, JPEG, WebP, TIFF, BMP and GIF, told apart by content. The pixels are
 * those of Pillow's {@code open(path).convert("RGB")} (model-spec 4.1): alpha is dropped, ICC
 * profiles, gamma and the EXIF orientation are ignored, 16-bit grey is clipped.
 *
 * <p>Readers are made per call and no file is written for pixels, so one decoder serves all
 * threads.
 */
public final class ImageDecoder {
  private final Map<ImageFormat, Codec> codecs = new EnumMap<>(ImageFormat.class);

  /**
   * A decoder with a size limit.
   *
   * @param maxPixels images with more are refused before they are decoded
   */
  public ImageDecoder(long maxPixels) {
    if (maxPixels < 1) {
      throw Errors.option("max-image-pixels", maxPixels, "a positive number of pixels");
    }
    PixelLimit limit = new PixelLimit(maxPixels);
    JpegCodec jpeg = new JpegCodec(limit);
    codecs.put(ImageFormat.PNG, new PngCodec(limit));
    codecs.put(ImageFormat.JPEG, jpeg);
    codecs.put(ImageFormat.GIF, new GifCodec(limit));
    codecs.put(ImageFormat.BMP, new BmpCodec(limit));
    codecs.put(ImageFormat.WEBP, new WebpCodec(limit));
    codecs.put(ImageFormat.TIFF, new TiffCodec(limit, jpeg));
  }

  /**
   * Decodes the first picture of a file.
   *
   * @throws XComposerException of kind IMAGE when the file is empty, of no known format, broken,
   *     cut short, over the pixel limit, or too large for the memory of this process; of kind
   *     DEVICE when a native library for its format does not load
   */
  public RgbImage decode(byte[] file) {
    if (file.length == 0) {
      throw Errors.image("the image has no bytes", "give the content of an image file");
    }
    ImageFormat format = ImageFormat.of(file);
    if (format == null) {
      throw Errors.image(
          "the image of %d bytes does not start like an image file".formatted(file.length),
          "give one of " + ImageFormat.names());
    }
    try {
      return codecs.get(format).decode(file);
    } catch (XComposerException e) {
      throw e;
    } catch (BrokenImageException e) {
      throw broken(format, file, e.getMessage(), e);
    } catch (IOException | RuntimeException e) {
      throw broken(format, file, "its data is not what the format says", e);
    } catch (LinkageError e) {
      throw Errors.device(
          "this JVM cannot load what it needs for %s images".formatted(format),
          "run on a complete JDK or JRE, not one that was cut down to a server without images",
          e);
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw Errors.image(
          "the %s image of %d bytes does not fit the memory of this process"
              .formatted(format, file.length),
          "give a smaller image, lower max-image-pixels, or give the JVM more memory",
          e);
    }
  }

  private static XComposerException broken(
      ImageFormat format, byte[] file, String problem, Exception cause) {
    return Errors.image(
        "the %s image of %d bytes cannot be read: %s".formatted(format, file.length, problem),
        "give an intact file, or save it again with another program",
        cause);
  }
}
