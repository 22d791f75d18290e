package io.dpiqa.cli;

import io.dpiqa.train.TeacherRecipe;
import java.io.IOException;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The option that names the recipe that a teacher's own recipe changes. */
final class TeacherPreset {

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      defaultValue = "published-koniq10k",
      description =
          "Recipe: published-clive, published-koniq10k, published-livefb, published-spaq, or small"
              + " for priors trained here (default: ${DEFAULT-VALUE}).")
  private String name;

  /**
   * The preset, as --recipe changes it.
   *
   * @throws ParameterException if there is no such preset, or the recipe is wrong
   */
  TeacherRecipe recipe(CommandLine command, TrainingOptions options) throws IOException {
    TeacherRecipe preset =
        TeacherRecipe.preset(name)
            .orElseThrow(
                () ->
                    new ParameterException(
                        command,
                        "--preset must be one of %s, not %s"
                            .formatted(String.join(", ", TeacherRecipe.PRESETS), name)));
    return options.recipe(command, preset, json -> TeacherRecipe.fromJson(json, preset));
  }
}
