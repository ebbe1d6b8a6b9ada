package io.xcomposer.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
  @Test
  void axesCountFromBothEnds() {
    Shape shape = Shape.of(2, 3, 5);
    assertThat(shape.rank()).isEqualTo(3);
    assertThat(shape.size(0)).isEqualTo(2);
    assertThat(shape.size(2)).isEqualTo(5);
    assertThat(shape.size(-1)).isEqualTo(5);
    assertThat(shape.size(-3)).isEqualTo(2);
  }

  @Test
  void elementsAreTheProductOfTheSizes() {
    assertThat(Shape.of(2, 3, 5).elements()).isEqualTo(30);
    assertThat(Shape.of(7, 0, 5).elements()).isZero();
    assertThat(Shape.of().elements()).isOne();
  }

  @Test
  void aProductBeyondALongIsAnError() {
    Shape shape = Shape.of(1L << 32, 1L << 32);
    assertThatThrownBy(shape::elements).isInstanceOf(ArithmeticException.class);
  }

  @Test
  void negativeSizesAreRefusedWithTheirValues() {
    assertThatThrownBy(() -> Shape.of(3, -7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("[3, -7]");
  }

  @Test
  void shapesOfEqualSizesAreEqual() {
    assertThat(Shape.of(2, 3)).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
    assertThat(Shape.of(2, 3)).isNotEqualTo(Shape.of(3, 2)).isNotEqualTo(Shape.of(2, 3, 1));
  }

  @Test
  void changingTheGivenOrTheReturnedArrayLeavesTheShape() {
    long[] sizes = {2, 3};
    Shape shape = Shape.of(sizes);
    sizes[0] = 9;
    shape.toArray()[1] = 9;
    assertThat(shape).isEqualTo(Shape.of(2, 3));
  }

  @Test
  void textIsTheSizesInParentheses() {
    assertThat(Shape.of(7, 4096)).hasToString("(7, 4096)");
    assertThat(Shape.of(7)).hasToString("(7)");
  }
}
