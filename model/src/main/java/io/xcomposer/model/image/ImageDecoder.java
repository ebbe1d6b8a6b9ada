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
  private final Map<ImageFormat, Codec> codecs;

  /**
   * A decoder with a size limit.
   *
   * @param maxPixels images with more are refused before they are decoded
   */
  public ImageDecoder(long maxPixels) {
    this(codecs(maxPixels));
  }

  /** A decoder of codecs of the caller's choice, one for each format. */
  ImageDecoder(Map<ImageFormat, Codec> codecs) {
    this.codecs = codecs;
  }

  private static Map<ImageFormat, Codec> codecs(long maxPixels) {
    Map<ImageFormat, Codec> codecs = new EnumMap<>(ImageFormat.class);
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
    return codecs;
  }

  /**
   * Decodes the first picture of a file.
   *
   * @throws XComposerException of kind IMAGE when the file is empty, of no known format, broken,
   *     cut short or over the pixel limit; of kind MEMORY when it is too large for the heap; of
   *     kind DEVICE when a native library for its format does not load
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
      if (isOutOfMemory(e)) {
        throw tooLarge(format, file);
      }
      throw broken(format, file, "its data is not what the format says", e);
    } catch (LinkageError e) {
      throw Errors.device(
          "this JVM cannot load what it needs for %s images".formatted(format),
          "run on a complete JDK or JRE, not one that was cut down to a server without images",
          e);
    } catch (OutOfMemoryError e) {
      throw tooLarge(format, file);
    } catch (StackOverflowError e) {
      throw Errors.image(
          "the %s image of %d bytes is nested too deeply".formatted(format, file.length),
          "save it again with another program",
          e);
    }
  }

  /** The readers of the JDK wrap the error, sometimes more than once. */
  private static boolean isOutOfMemory(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof OutOfMemoryError) {
        return true;
      }
    }
    return false;
  }

  private static XComposerException tooLarge(ImageFormat format, byte[] file) {
    return Errors.memory(
        "the %s image of %d bytes decodes to more than is free of the JVM's heap of %d MB"
            .formatted(format, file.length, Runtime.getRuntime().maxMemory() >> 20),
        "give the JVM more heap, or lower max-image-pixels to refuse such images");
  }

  private static XComposerException broken(
      ImageFormat format, byte[] file, String problem, Exception cause) {
    return Errors.image(
        "the %s image of %d bytes cannot be read: %s".formatted(format, file.length, problem),
        "give an intact file, or save it again with another program",
        cause);
  }
}
