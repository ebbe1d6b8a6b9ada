package io.xcomposer.model.backend;

class ReferenceBackendTest extends AbstractBackendTest {
  @Override
  Backend open() {
    return new ReferenceBackend();
  }
}
