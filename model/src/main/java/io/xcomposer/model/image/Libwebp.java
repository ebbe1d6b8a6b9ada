package io.xcomposer.model.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import com.luciad.imageio.webp.WebPWrapper;
import io.xcomposer.model.Errors;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import javax.imageio.spi.ImageReaderSpi;

/**
 * libwebp as a native library, loaded with the first WebP image. Once per process, as the JVM loads
 * a native library only once.
 */
final class Libwebp {
  /** Where the library unpacks itself; it searches the whole folder for what it left before. */
  private static final String FOLDER = "com.luciad.imageio.webp.tmpdir";

  private Libwebp() {}

  /**
   * The reader on top of libwebp.
   *
   * @throws io.xcomposer.model.XComposerException of kind DEVICE when the library cannot be loaded
   */
  static ImageReaderSpi provider() {
    try {
      return Loaded.PROVIDER;
    } catch (ExceptionInInitializerError | NoClassDefFoundError e) {
      throw Errors.device(
          "WebP images cannot be read: the native library libwebp does not load on "
              + System.getProperty("os.name")
              + " "
              + System.getProperty("os.arch"),
          "let -Djava.io.tmpdir point to a folder that can be written to and executed from, or convert the image to PNG",
          e);
    }
  }

  /** Initialised on first use; the class loader keeps a failure. */
  private static final class Loaded {
    static final ImageReaderSpi PROVIDER = load();

    private static ImageReaderSpi load() {
      if (System.getProperty(FOLDER) == null) {
        System.setProperty(FOLDER, ownFolder().getPath());
      }
      WebPWrapper.loadNativeLibrary();
      return new WebPImageReaderSpi();
    }

    private static File ownFolder() {
      try {
        File folder = Files.createTempDirectory("xcomposer-webp").toFile();
        folder.deleteOnExit();
        return folder;
      } catch (IOException e) {
        throw new IllegalStateException("no temporary folder", e);
      }
    }
  }
}
