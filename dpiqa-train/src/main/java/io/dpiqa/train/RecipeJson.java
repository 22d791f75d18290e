package io.dpiqa.train;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Objects;
import java.util.stream.Collectors;

/** Recipes as JSON. */
final class RecipeJson {
  /** A whole number with a fraction, or no number, would silently become another one. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

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
      Throwable cause = e.getCause();
      String problem =
          cause instanceof IllegalArgumentException
              ? cause.getMessage()
              : name(e) + e.getOriginalMessage();
      throw new IllegalArgumentException(
          "not a recipe: " + problem.lines().findFirst().orElse(""), e);
    }
  }

  /** Which value it is about, with a colon; empty for what is no JSON at all. */
  private static String name(JsonProcessingException problem) {
    if (!(problem instanceof JsonMappingException mapping) || mapping.getPath().isEmpty()) {
      return "";
    }
    return mapping.getPath().stream()
        .map(JsonMappingException.Reference::getFieldName)
        .filter(Objects::nonNull) // an element of a list has no name
        .collect(Collectors.joining(".", "", ": "));
  }

  /** Changes values within objects, called by a prefix; Jackson would add lists to lists. */
  private static void replace(String within, ObjectNode recipe, ObjectNode change) {
    change
        .properties()
        .forEach(
            value -> {
              if (!(recipe.get(value.getKey()) instanceof ObjectNode object)) {
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
