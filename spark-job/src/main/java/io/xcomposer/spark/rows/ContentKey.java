package io.xcomposer.spark.rows;

import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** What a row without a key of its own is known by: its images and questions. */
public final class ContentKey {
  private ContentKey() {}

  /** SHA-256, in hex, over the images and questions of a row's requests. */
  public static String of(List<Request> requests) {
    MessageDigest digest = sha256();
    ImageSource last = null;
    for (Request request : requests) {
      for (ImageSource image : request.images()) {
        if (image != last) {
          add(digest, image);
          last = image;
        }
      }
      add(digest, request.query().getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static void add(MessageDigest digest, ImageSource image) {
    if (image instanceof ImageSource.Encoded encoded) {
      add(digest, encoded.bytes());
    } else if (image instanceof ImageSource.Decoded decoded) {
      digest.update(ByteBuffer.allocate(4).putInt(decoded.image().width()).array());
      add(digest, decoded.image().pixels());
    }
  }

  /** The length in front keeps neighbours apart. */
  private static void add(MessageDigest digest, byte[] bytes) {
    digest.update(ByteBuffer.allocate(4).putInt(bytes.length).array());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
