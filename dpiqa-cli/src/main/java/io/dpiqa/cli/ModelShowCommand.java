package io.dpiqa.cli;

import io.dpiqa.QualityModel;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelStore;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dpiqa model show}. */
@Command(
    name = "show",
    description = "Shows what a model says about itself: its size, its cost, where it comes from.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class)
final class ModelShowCommand implements Callable<Integer> {

  private static final String INDENT = " ".repeat(18);

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "NAME|FILE",
      defaultValue = ModelStore.BUILT_IN,
      description = "A model of the store, a model file, or ${DEFAULT-VALUE}, the default.")
  private String model;

  @Override
  public Integer call() {
    try (QualityModel shown = QualityModel.load(model)) {
      ModelCard card = shown.card();
      print("model", shown.id());
      print("sha256", shown.sha256());
      print("network", card.network());
      print("input", "%1$d x %1$d RGB".formatted(card.inputSize()));
      print("parameters", String.format(Locale.ROOT, "%,d", card.parameters()));
      print("multiply-adds", String.format(Locale.ROOT, "%.2f G", card.multiplyAdds() / 1e9));
      print("licence", card.licence());
      print("percentiles", card.referenceScores().isEmpty() ? "none" : "yes");
      print(
          "intervals",
          card.errorBand()
              .map(band -> String.format(Locale.ROOT, "of %.0f %%", 100 * band.coverage()))
              .orElse("none"));
      PrintWriter out = spec.commandLine().getOut();
      out.println();
      out.println("Its file says, unchecked:");
      Map<String, String> said = new LinkedHashMap<>(card.provenance());
      said.remove("network", card.network());
      said.keySet().removeIf(ModelShowCommand::isRecipe);
      said.forEach(this::print);
      card.provenance().keySet().stream()
          .filter(ModelShowCommand::isRecipe)
          .forEach(about -> print(about, card.provenance().get(about)));
    }
    spec.commandLine().getOut().flush();
    return 0;
  }

  /** Recipes are long, and come last. */
  private static boolean isRecipe(String about) {
    return about.startsWith("recipe");
  }

  /** One recipe a line. */
  private void print(String name, String value) {
    PrintWriter out = spec.commandLine().getOut();
    String lines = Printable.of(value).replace("}; ", "};" + System.lineSeparator() + INDENT);
    out.printf("%-16s  %s%n", Printable.of(name), lines);
  }
}
