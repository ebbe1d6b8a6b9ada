package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.List;
import scala.collection.Iterable;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/** Between the lists of Java and the sequences of Catalyst. */
final class ScalaSeq {
  private ScalaSeq() {}

  static <T> Seq<T> of(List<? extends T> list) {
    return CollectionConverters.<T>asScala(List.<T>copyOf(list)).toSeq();
  }

  @SafeVarargs
  static <T> Seq<T> of(T... elements) {
    List<T> list = new ArrayList<>();
    for (T element : elements) {
      list.add(element);
    }
    return of(list);
  }

  static <T> List<T> list(Iterable<T> elements) {
    return List.copyOf(CollectionConverters.asJava(elements.toSeq()));
  }
}
