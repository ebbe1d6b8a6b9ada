package io.xcomposer.model.image;

import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import java.io.IOException;
import java.util.Iterator;
import javax.imageio.ImageReader;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/** The JDK's own image readers, whatever other plugins the process has registered before them. */
final class JdkReaders {
  private static final String JDK_PLUGINS = "com.sun.imageio.plugins.";

  private JdkReaders() {}

  /**
   * Finds the reader of one of the JDK's plugins.
   *
   * @param plugin last part of the plugin's package: png, jpeg, gif, bmp
   */
  static ImageReaderSpi provider(String plugin) {
    Iterator<ImageReaderSpi> found =
        IIORegistry.getDefaultInstance()
            .getServiceProviders(
                ImageReaderSpi.class,
                provider -> provider.getClass().getName().startsWith(JDK_PLUGINS + plugin + "."),
                false);
    if (!found.hasNext()) {
      throw new IllegalStateException("this JDK has no image reader for " + plugin);
    }
    return found.next();
  }

  /** A reader of {@code file}; the caller disposes of it. */
  static ImageReader open(ImageReaderSpi provider, byte[] file) throws IOException {
    ImageReader reader = provider.createReaderInstance();
    reader.setInput(new ByteArrayImageInputStream(file), true, true);
    return reader;
  }
}
