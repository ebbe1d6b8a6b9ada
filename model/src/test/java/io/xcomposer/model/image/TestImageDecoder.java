package io.xcomposer.model.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.XComposerException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import javax.imageio.IIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestImageDecoder {
  private final ImageDecoder decoder = new ImageDecoder(1_000_000);

  @Test
  void noBytesAreRefused() {
    assertThatThrownBy(() -> decoder.decode(new byte[0]))
        .isInstanceOf(XComposerException.class)
        .hasMessage("the image has no bytes. To fix: give the content of an image file.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "hello, this is text", "RIFF1234WAVEfmt ", "<svg/>", "%PDF-1.7"})
  void otherFilesAreRefusedWithTheFormatsThatAreRead(String text) {
    assertThatThrownBy(() -> decoder.decode(text.getBytes(StandardCharsets.US_ASCII)))
        .isInstanceOfSatisfying(
            XComposerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IMAGE))
        .hasMessageContaining("does not start like an image file")
        .hasMessageContaining("PNG, JPEG, GIF, BMP, WEBP, TIFF");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "89504e470d0a1a0a",
        "ffd8ff",
        "474946383961",
        "424d",
        "524946460000000057454250",
        "49492a00"
      })
  void aSignatureAloneIsATruncatedFile(String hex) {
    assertThatThrownBy(() -> decoder.decode(HexFormat.of().parseHex(hex)))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("cannot be read");
  }

  static Stream<Throwable> shortagesOfMemory() {
    OutOfMemoryError shortage = new OutOfMemoryError("Java heap space");
    return Stream.of(
        shortage,
        new IIOException("Caught exception during read", shortage),
        new IllegalStateException(new IIOException("read", shortage)));
  }

  @ParameterizedTest
  @MethodSource("shortagesOfMemory")
  void aShortageOfMemoryIsNoBrokenImageHoweverDeepItLies(Throwable shortage) {
    Codec codec =
        file -> {
          if (shortage instanceof IOException e) {
            throw e;
          }
          if (shortage instanceof RuntimeException e) {
            throw e;
          }
          throw (Error) shortage;
        };
    ImageDecoder starved = new ImageDecoder(Map.of(ImageFormat.PNG, codec));
    byte[] png = HexFormat.of().parseHex("89504e470d0a1a0a");

    assertThatThrownBy(() -> starved.decode(png))
        .isInstanceOfSatisfying(
            XComposerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.MEMORY))
        .hasMessageContaining("the PNG image of 8 bytes")
        .hasMessageContaining("more heap, or lower max-image-pixels");
  }

  @Test
  void noLimitLetsFourBytesAPixelOutgrowAnArray() {
    PixelLimit none = new PixelLimit(Long.MAX_VALUE);

    assertThatCode(() -> none.check(ImageFormat.JPEG, 23_000, 23_000)).doesNotThrowAnyException();
    assertThatThrownBy(() -> none.check(ImageFormat.JPEG, 24_000, 23_000))
        .hasMessageContaining("is over the limit max-image-pixels = 536870909");
  }

  static Stream<byte[]> bombs() {
    return Stream.of(
        header(ByteOrder.BIG_ENDIAN, "89504e470d0a1a0a0000000d49484452", 60000, 50000),
        header(ByteOrder.BIG_ENDIAN, "89504e470d0a1a0a0000000d49484452", 0x7fffffff, 0x7fffffff),
        HexFormat.of()
            .parseHex("ffd8ffc00011080bb8afc803011100021101031101ffda0008010100003f00ffd9"),
        HexFormat.of()
            .parseHex("474946383961ffffffff8000000000000000002c0000000010001000000201ff00"),
        header(ByteOrder.LITTLE_ENDIAN, "424d000000000000000036000000" + "28000000", 60000, 50000),
        header(ByteOrder.LITTLE_ENDIAN, "424d000000000000000036000000" + "28000000", 60000, -50000),
        HexFormat.of().parseHex("524946461600000057454250565038580a00000000000000ffffffffffff"),
        HexFormat.of().parseHex("5249464612000000574542505650384c060000002fffffffff0f"),
        tiff(60000, 50000));
  }

  @ParameterizedTest
  @MethodSource("bombs")
  void picturesOverTheLimitAreRefusedBeforeTheyAreDecoded(byte[] file) {
    ImageDecoder any = new ImageDecoder(Long.MAX_VALUE);
    assertThatThrownBy(() -> decoder.decode(file))
        .isInstanceOfSatisfying(
            XComposerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IMAGE))
        .hasMessageContaining("is over the limit max-image-pixels = 1000000")
        .hasMessageContaining("raise max-image-pixels");
    assertThatThrownBy(() -> any.decode(file)).isInstanceOf(XComposerException.class);
  }

  @Test
  void aFewBytesThatClaimToBeALargePngAreRefusedBeforeTheyAreDecoded() {
    byte[] file = ImageCorpus.bytes("png_color0_8bit.png");
    ByteBuffer.wrap(file).putInt(16, 13_000).putInt(20, 13_000);
    CRC32 sum = new CRC32();
    sum.update(file, 12, 17);
    ByteBuffer.wrap(file).putInt(29, (int) sum.getValue());
    assertThatThrownBy(() -> new ImageDecoder(200_000_000).decode(file))
        .hasMessageContaining("it ends before its picture does");
  }

  @Test
  void theLimitItselfIsAllowed() {
    byte[] file = ImageCorpus.bytes("png_1x40_grey1.png");
    assertThat(new ImageDecoder(40).decode(file).height()).isEqualTo(40);
    assertThatThrownBy(() -> new ImageDecoder(39).decode(file))
        .hasMessageContaining("1x40 pixels is over the limit max-image-pixels = 39");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -1, Long.MIN_VALUE})
  void aLimitBelowOneIsRefused(long limit) {
    assertThatThrownBy(() -> new ImageDecoder(limit))
        .isInstanceOfSatisfying(
            XComposerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OPTION))
        .hasMessageContaining("max-image-pixels = " + limit);
  }

  @Test
  void aFileInABmpFileIsRefused() {
    byte[] file = ImageCorpus.bytes("bmp_24bit.bmp");
    for (byte compression : List.of((byte) 4, (byte) 5)) {
      file[30] = compression;
      assertThatThrownBy(() -> decoder.decode(file))
          .hasMessageContaining("24 bits a pixel with compression " + compression);
    }
  }

  @Test
  void manyScansAreRefused() {
    byte[] file = ImageCorpus.bytes("jpeg_grey.jpg");
    int scan = indexOf(file, 0xda) - 1;
    ByteBuffer many = ByteBuffer.allocate(file.length + 600 * (file.length - scan));
    many.put(file, 0, file.length - 2);
    for (int i = 0; i < 600; i++) {
      many.put(file, scan, file.length - 2 - scan);
    }
    many.put((byte) 0xff).put((byte) 0xd9);
    assertThatThrownBy(() -> decoder.decode(many.array()))
        .hasMessageContaining("more than 500 scans");
  }

  @Test
  void repeatedChromaRowsAreInterpolated() {
    byte[] samples = {1, 10, 1, 20, 2, 10, 2, 20, 3, 30, 3, 50, 4, 30, 4, 50, 5, 7, 5, 9};
    ChromaRows.smooth(samples, 2, new int[][] {{1, 2}, {1, 1}});
    // rows of the second component: (3·10+10+1)/4, (3·10+30+2)/4, (3·30+10+1)/4, (3·30+7+2)/4, …
    assertThat(samples)
        .containsExactly(1, 10, 1, 20, 2, 15, 2, 28, 3, 25, 3, 42, 4, 24, 4, 40, 5, 13, 5, 19);
  }

  @Test
  void interpolatedChromaRowsStayAsTheyAre() {
    byte[] samples = {1, 10, 2, 15, 3, 25, 4, 30};
    ChromaRows.smooth(samples, 1, new int[][] {{1, 2}, {1, 1}});
    assertThat(samples).containsExactly(1, 10, 2, 15, 3, 25, 4, 30);
  }

  private static byte[] header(ByteOrder order, String start, int width, int height) {
    byte[] prefix = HexFormat.of().parseHex(start);
    return ByteBuffer.allocate(prefix.length + 60)
        .order(order)
        .put(prefix)
        .putInt(width)
        .putInt(height)
        .array();
  }

  private static byte[] tiff(int width, int height) {
    ByteBuffer file = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    file.put("II*\0".getBytes(StandardCharsets.US_ASCII)).putInt(8).putShort((short) 2);
    file.putShort((short) 256).putShort((short) 4).putInt(1).putInt(width);
    file.putShort((short) 257).putShort((short) 4).putInt(1).putInt(height);
    return file.array();
  }

  private static int indexOf(byte[] file, int marker) {
    int at = 1;
    while ((file[at - 1] & 0xff) != 0xff || (file[at] & 0xff) != marker) {
      at++;
    }
    return at;
  }
}
