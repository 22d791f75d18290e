package io.dpiqa.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Recipes as JSON. */
final class RecipeJson {
  /** A whole number with a fraction, or no number, would silently become another value. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .build();

  private static final Map<Class<?>, String> KINDS =
      Map.of(
          int.class, "a whole number",
          Integer.class, "a whole number",
          long.class, "a whole number",
          double.class, "a number",
          Double.class, "a number",
          boolean.class, "true or false",
          String.class, "a text",
          List.class, "a list",
          ArrayList.class, "a list");

  private RecipeJson() {}

  /** A recipe on one line. */
  static String write(Object recipe) {
    try {
      return JSON.writeValueAsString(recipe);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Reads a recipe. What the text leaves out is as in another one.
   *
   * @throws IllegalArgumentException if the text is no JSON object, or a name or a value is wrong
   */
  static <R> R read(String json, R otherwise, Class<R> kind) {
    try {
      if (!(JSON.readTree(json) instanceof ObjectNode change)) {
        throw new IllegalArgumentException("not a recipe: no JSON object");
      }
      ObjectNode recipe = JSON.valueToTree(otherwise);
      replace("", recipe, change);
      return JSON.treeToValue(recipe, kind);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a recipe: " + problem(e), e);
    }
  }

  /** In terms of recipes: Jackson's are those of the classes that they become. */
  private static String problem(JsonProcessingException problem) {
    if (problem.getCause() instanceof IllegalArgumentException wrong) {
      return wrong.getMessage();
    }
    if (problem instanceof UnrecognizedPropertyException unknown) {
      return "it has no %s; there are %s"
          .formatted(name(unknown), known(unknown.getKnownPropertyIds()));
    }
    if (problem instanceof MismatchedInputException wrong) {
      return "%s must be %s".formatted(name(wrong), kind(wrong.getTargetType()));
    }
    if (problem instanceof JsonMappingException wrong) {
      return name(wrong) + " is out of range";
    }
    return "no JSON at line %d, column %d"
        .formatted(problem.getLocation().getLineNr(), problem.getLocation().getColumnNr());
  }

  /** Which value it is about, as {@code schedule.batch}. */
  private static String name(JsonMappingException problem) {
    return problem.getPath().stream()
        .map(JsonMappingException.Reference::getFieldName)
        .filter(Objects::nonNull) // an element of a list has no name
        .collect(Collectors.joining("."));
  }

  private static String known(Collection<Object> names) {
    return names.stream().map(Object::toString).sorted().collect(Collectors.joining(", "));
  }

  private static String kind(Class<?> type) {
    return type.isEnum()
        ? Stream.of(type.getEnumConstants())
            .map(Object::toString)
            .collect(Collectors.joining(" or "))
        : KINDS.getOrDefault(type, "of another kind");
  }

  /** Changes values within objects, called by a prefix; Jackson would add lists to lists. */
  private static void replace(String within, ObjectNode recipe, ObjectNode change) {
    change
        .properties()
        .forEach(
            value -> {
              if (!(recipe.get(value.getKey()) instanceof ObjectNode object)) {
                requireNoNull(within + value.getKey(), value.getValue());
                recipe.set(value.getKey(), value.getValue());
              } else if (value.getValue() instanceof ObjectNode inner) {
                replace(within + value.getKey() + ".", object, inner);
              } else {
                throw new IllegalArgumentException(
                    "the recipe's %s cannot be %s; write {…}, with its values inside"
                        .formatted(within + value.getKey(), value.getValue()));
              }
            });
  }

  /** What becomes of a null in a list says nothing of the list. */
  private static void requireNoNull(String name, JsonNode value) {
    boolean whole = true;
    for (JsonNode element : value) {
      whole &= !element.isNull();
    }
    require(whole, name, value);
  }

  /**
   * Refuses a value.
   *
   * @throws IllegalArgumentException naming it, unless it is right
   */
  static void require(boolean right, String name, Object value) {
    if (!right) {
      throw new IllegalArgumentException("the recipe's " + name + " cannot be " + value);
    }
  }
}
