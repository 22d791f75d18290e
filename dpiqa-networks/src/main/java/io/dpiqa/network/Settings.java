package io.dpiqa.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dpiqa.ModelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * The settings of a network in a {@code config.json}, as Stable Diffusion and CLIP come with. A
 * setting that would ask for another network is an error: {@link #requireNoOthers()} refuses all
 * that were not asked for, unless they are off.
 */
final class Settings {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int MAX_BYTES = 1 << 20;
  private static final int MAX_SIZE = 1 << 20;

  private final Path file;
  private final JsonNode settings;
  private final Set<String> known = new HashSet<>();

  private Settings(Path file, JsonNode settings) {
    this.file = file;
    this.settings = settings;
  }

  /**
   * The settings in a file.
   *
   * @throws ModelException if it is missing or no JSON object
   */
  static Settings read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new ModelException(file.toString(), "too large for the settings of a network");
      }
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      if (!json.isObject()) {
        throw new ModelException(file.toString(), "not the settings of a network: no JSON object");
      }
      return new Settings(file, json);
    } catch (NoSuchFileException e) {
      throw new ModelException(
          file.toString(), "no such file; it comes with the weights, fetch it from there", e);
    } catch (JsonProcessingException e) {
      throw new ModelException(file.toString(), "not JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new ModelException(file.toString(), "cannot be read: " + e.getMessage(), e);
    }
  }

  /** The settings inside another one, where it is there; these otherwise. */
  Settings within(String key) {
    return settings.path(key).isObject() ? new Settings(file, settings.get(key)) : this;
  }

  /** A size. */
  int size(String key) {
    return size(key, get(key));
  }

  /** A size, where the file may leave it out. */
  int size(String key, int otherwise) {
    return isOff(settings.path(key)) ? otherwise : size(key);
  }

  /** Sizes, one for each level of the network. */
  List<Integer> sizes(String key) {
    JsonNode value = get(key);
    if (!value.isArray() || value.isEmpty()) {
      throw unsupported(key, "a list of sizes");
    }
    return StreamSupport.stream(value.spliterator(), false).map(size -> size(key, size)).toList();
  }

  private int size(String key, JsonNode value) {
    if (!value.isInt() || value.intValue() < 1 || value.intValue() > MAX_SIZE) {
      throw unsupported(key, "a size of 1 to " + MAX_SIZE);
    }
    return value.intValue();
  }

  /** A number above zero, where the file may leave it out. */
  double number(String key, double otherwise) {
    known.add(key);
    JsonNode value = settings.path(key);
    if (isOff(value)) {
      return otherwise;
    }
    if (!value.isNumber() || !(value.doubleValue() > 0)) {
      throw unsupported(key, "a number above 0");
    }
    return value.doubleValue();
  }

  /** Settings of which only one value is supported; what a file leaves out has that value. */
  void require(Map<String, Object> values) {
    values.forEach(
        (key, value) -> {
          known.add(key);
          JsonNode actual = settings.path(key);
          JsonNode supported = JSON.valueToTree(value);
          if (!isOff(actual) && !same(actual, supported)) {
            throw unsupported(key, supported.toString());
          }
        });
  }

  private static boolean same(JsonNode a, JsonNode b) {
    boolean numbers = a.isNumber() && b.isNumber();
    return numbers ? a.doubleValue() == b.doubleValue() : a.equals(b);
  }

  /** Settings that make no other network. */
  void ignore(String... keys) {
    known.addAll(List.of(keys));
  }

  /** Refuses settings that were not asked for, unless they are off: null or false. */
  void requireNoOthers() {
    settings
        .fieldNames()
        .forEachRemaining(
            key -> {
              boolean off =
                  isOff(settings.get(key)) || settings.get(key).equals(JSON.valueToTree(false));
              if (!known.contains(key) && !off) {
                throw unsupported(key, "a network without it");
              }
            });
  }

  private JsonNode get(String key) {
    known.add(key);
    JsonNode value = settings.path(key);
    if (isOff(value)) {
      throw new ModelException(file.toString(), "lacks the setting " + key);
    }
    return value;
  }

  private static boolean isOff(JsonNode value) {
    return value.isMissingNode() || value.isNull();
  }

  private ModelException unsupported(String key, String supported) {
    return new ModelException(
        file.toString(),
        "%s is %s; dpiqa supports only %s".formatted(key, settings.get(key), supported));
  }
}
