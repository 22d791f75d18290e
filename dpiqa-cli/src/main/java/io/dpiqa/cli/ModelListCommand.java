package io.dpiqa.cli;

import io.dpiqa.ModelException;
import io.dpiqa.QualityModel;
import io.dpiqa.model.ModelCard;
import io.dpiqa.model.ModelStore;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code dpiqa model list}. */
@Command(
    name = "list",
    description = "Lists the models that can be named after --model.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class)
final class ModelListCommand implements Callable<Integer> {

  private static final String ROW = "%-24s  %-42s  %10s  %s%n";

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    out.printf(ROW, "NAME", "NETWORK", "PARAMETERS", "LICENCE");
    List<String> names = new ArrayList<>(List.of(ModelStore.BUILT_IN));
    names.addAll(ModelStore.open().names());
    int status = 0;
    for (String name : names) {
      try (QualityModel model = QualityModel.load(name)) {
        print(out, name, model.card());
      } catch (ModelException e) {
        err.println("dpiqa: " + Printable.of(e.getMessage()));
        status = 1;
      }
    }
    err.flush();
    out.flush();
    return status;
  }

  private static void print(PrintWriter out, String name, ModelCard card) {
    String parameters = String.format(Locale.ROOT, "%.1f M", card.parameters() / 1e6);
    String network = Printable.of(card.network());
    out.printf(ROW, name, network, parameters, Printable.of(card.licence()));
  }
}
