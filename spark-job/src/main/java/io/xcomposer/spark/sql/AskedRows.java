package io.xcomposer.spark.sql;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import scala.collection.immutable.Seq;

/**
 * What the logical and the physical operator are made of, in the order of their constructors. Two
 * operators with equal ones are equal.
 *
 * @param calls each a named {@link PageCall} without calls inside
 * @param kept columns of the child that the output has in front of the results
 */
record AskedRows<P>(Seq<Alias> calls, Seq<Attribute> kept, P child) implements Serializable {
  static final int ARITY = 3;

  /** As of a Scala product. */
  Object element(int n) {
    return switch (n) {
      case 0 -> calls;
      case 1 -> kept;
      case 2 -> child;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }
}
