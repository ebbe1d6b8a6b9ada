package io.xcomposer.spark.sql;

import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.spark.rows.ImageColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StructField;

/**
 * Where the arguments of calls are in a row of arguments. Calls on equal image expressions with the
 * same limit have one argument for it, so that they share the image. Sent to executors.
 */
record CallLayout(List<CallPlan> calls, List<ImagePlan> images, List<DataType> types)
    implements Serializable {

  /**
   * A call.
   *
   * @param image index in {@link #images}
   * @param question place of the argument
   * @param key place of the argument, -1 for none
   */
  record CallPlan(String label, int image, int question, int key, CallSettings settings)
      implements Serializable {}

  /** An image: the place of its argument, and how it is read. */
  record ImagePlan(int argument, DataType type, long maxPixels, ImageColumn column)
      implements Serializable {

    /** The image of a value in Catalyst's form. */
    ImageSource read(Object value) {
      return column.read(
          type instanceof BinaryType ? value : CatalystTypeConverters.convertToScala(value, type));
    }
  }

  /** A layout and the expressions that fill it. */
  record Filled(CallLayout layout, List<Expression> arguments) {}

  /** For these calls; on the driver, or in a task for a call that is evaluated row by row. */
  static Filled of(List<PageCall> calls, Configuration hadoop) {
    List<Expression> arguments = new ArrayList<>();
    List<CallPlan> plans = new ArrayList<>();
    List<ImagePlan> images = new ArrayList<>();
    for (PageCall call : calls) {
      int image = imageIndex(call, arguments, images, hadoop);
      int question = add(call.question(), arguments);
      int key = call.key() == null ? -1 : add(call.key(), arguments);
      plans.add(new CallPlan(call.label(), image, question, key, call.settings()));
    }
    List<DataType> types = arguments.stream().map(Expression::dataType).toList();
    return new Filled(
        new CallLayout(List.copyOf(plans), List.copyOf(images), List.copyOf(types)), arguments);
  }

  private static int imageIndex(
      PageCall call, List<Expression> arguments, List<ImagePlan> images, Configuration hadoop) {
    long maxPixels = call.settings().engine().settings().maxImagePixels();
    for (int i = 0; i < images.size(); i++) {
      if (images.get(i).maxPixels() == maxPixels
          && arguments.get(images.get(i).argument()).semanticEquals(call.image())) {
        return i;
      }
    }
    DataType type = call.image().dataType();
    DataType column = type instanceof NullType ? DataTypes.BinaryType : type;
    images.add(
        new ImagePlan(
            add(call.image(), arguments),
            type,
            maxPixels,
            ImageColumn.of(new StructField("image", column, true, null), maxPixels, hadoop)));
    return images.size() - 1;
  }

  private static int add(Expression argument, List<Expression> arguments) {
    arguments.add(argument);
    return arguments.size() - 1;
  }
}
