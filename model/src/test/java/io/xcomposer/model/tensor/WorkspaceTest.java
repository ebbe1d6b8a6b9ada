package io.xcomposer.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
  private final List<Long> allocations = new ArrayList<>();
  private final Workspace workspace = new Workspace(this::allocate);
  private long nextAddress = 1 << 20;
  private long freed;

  private Tensor allocate(long bytes) {
    allocations.add(bytes);
    long address = nextAddress;
    nextAddress += 2 * bytes;
    Storage storage =
        new Storage() {
          @Override
          public long address() {
            return address;
          }

          @Override
          public long bytes() {
            return bytes;
          }

          @Override
          public void close() {
            freed += bytes;
          }
        };
    return Tensor.owning(storage, DType.U8, Shape.of(bytes));
  }

  @Test
  void tensorsOfAScopeDoNotOverlap() {
    try (Workspace.Scope scope = workspace.open()) {
      Tensor first = scope.take(DType.F32, 3, 5);
      Tensor second = scope.take(DType.F32, 7);
      assertThat(second.address()).isGreaterThanOrEqualTo(first.address() + first.bytes());
    }
  }

  @Test
  void aClosedScopeGivesItsMemoryToTheNext() {
    long first;
    try (Workspace.Scope scope = workspace.open()) {
      first = scope.take(DType.F32, 100).address();
    }
    try (Workspace.Scope scope = workspace.open()) {
      assertThat(scope.take(DType.F32, 50).address()).isEqualTo(first);
    }
  }

  @Test
  void anInnerScopeLeavesTheOuterTensorsAlone() {
    try (Workspace.Scope outer = workspace.open()) {
      Tensor kept = outer.take(DType.F32, 100);
      try (Workspace.Scope inner = workspace.open()) {
        inner.take(DType.F32, 1 << 20);
      }
      Tensor later = outer.take(DType.F32, 100);
      assertThat(later.address()).isNotEqualTo(kept.address());
    }
  }

  @Test
  void theSecondStepOfASizeAllocatesNothing() {
    for (int step = 0; step < 3; step++) {
      try (Workspace.Scope scope = workspace.open()) {
        scope.take(DType.F32, 1 << 19);
        scope.take(DType.F32, 1 << 20);
      }
      if (step == 0) {
        allocations.clear();
      }
    }
    assertThat(allocations).isEmpty();
  }

  @Test
  void closingFreesAllThatWasAllocated() {
    try (Workspace.Scope scope = workspace.open()) {
      scope.take(DType.F32, 1 << 20);
      scope.take(DType.F32, 1 << 21);
    }
    workspace.close();
    assertThat(freed).isEqualTo(allocations.stream().mapToLong(Long::longValue).sum());
  }
}
