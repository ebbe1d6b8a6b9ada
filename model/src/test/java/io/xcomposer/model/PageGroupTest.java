package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.image.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageGroupTest {
  private static final ImageSource PAGE = new ImageSource.Encoded(new byte[] {1});
  private static final ImageSource OTHER = new ImageSource.Encoded(new byte[] {2});
  private static final ImageSource BROKEN = new ImageSource.Encoded(new byte[] {0});

  private final List<ImageSource> decoded = new ArrayList<>();

  private RgbImage decode(ImageSource source) {
    decoded.add(source);
    int shade = ((ImageSource.Encoded) source).bytes()[0];
    if (shade == 0) {
      throw Errors.image("nothing to see", "give a picture");
    }
    byte[] pixels = new byte[3 * 40 * 30];
    Arrays.fill(pixels, (byte) shade);
    return new RgbImage(40, 30, pixels);
  }

  private static Request request(int hdNum, ImageSource... images) {
    return new Request(
        List.of(images),
        "?",
        List.of(),
        PromptStyle.CHAT,
        SpecialText.AS_PUBLISHED,
        "",
        hdNum,
        GenerationOptions.greedy(1));
  }

  private PageGroup group(Request... requests) {
    return new PageGroup(List.of(requests), this::decode);
  }

  @Test
  void aSharedSourceIsDecodedOnceAndOnePage() {
    PageGroup group = group(request(2, PAGE), request(2, OTHER, PAGE));
    Page page = group.pages(0).get(0);
    group.leave(0);
    assertThat(group.plans(1).get(1)).isSameAs(page.plan());
    assertThat(group.pages(1).get(1)).isSameAs(page);
    assertThat(decoded).containsExactly(PAGE, OTHER);
  }

  @Test
  void anotherBudgetOfTilesIsAnotherPageOfTheSamePixels() {
    PageGroup group = group(request(1, PAGE), request(4, PAGE), request(1, PAGE));
    Page small = group.pages(0).get(0);
    group.leave(0);
    Page large = group.pages(1).get(0);
    group.leave(1);
    assertThat(large.tiles().views()).isGreaterThan(small.tiles().views());
    assertThat(group.pages(2).get(0)).isSameAs(small);
    assertThat(decoded).containsExactly(PAGE);
  }

  @Test
  void aBrokenSourceFailsEachOfItsRequestsWithTheSameErrorAndIsTriedOnce() {
    PageGroup group = group(request(1, BROKEN), request(1, PAGE), request(2, BROKEN));
    Throwable first = catchThrowable(() -> group.plans(0));
    group.leave(0);
    assertThat(group.pages(1)).hasSize(1);
    group.leave(1);
    assertThatThrownBy(() -> group.plans(2)).isSameAs(first).hasMessageContaining("nothing to see");
    assertThat(decoded).containsExactly(BROKEN, PAGE);
  }

  @Test
  void whatNoLaterMemberNeedsIsForgotten() {
    PageGroup group = group(request(1, PAGE), request(1, OTHER));
    group.pages(0);
    group.leave(0);
    group.plans(0);
    assertThat(decoded).containsExactly(PAGE, PAGE);
  }

  @Test
  void aPageIsWantedUntilItsLastMember() {
    PageGroup group = group(request(1, PAGE), request(1, OTHER), request(1, PAGE));
    Page page = group.pages(0).get(0);
    group.leave(0);
    Page other = group.pages(1).get(0);
    assertThat(group.wants(page.hash(), 0)).isTrue();
    assertThat(group.wants(page.hash(), 1)).isTrue();
    assertThat(group.wants(page.hash(), 2)).isFalse();
    assertThat(group.wants(other.hash(), 1)).isFalse();
  }
}
