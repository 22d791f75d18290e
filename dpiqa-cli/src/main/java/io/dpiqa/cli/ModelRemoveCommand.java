package io.dpiqa.cli;

import io.dpiqa.model.ModelStore;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code dpiqa model remove}. */
@Command(
    name = "remove",
    description = "Removes a model from the store.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class)
final class ModelRemoveCommand implements Callable<Integer> {

  @Parameters(paramLabel = "NAME", description = "A model of the store.")
  private String name;

  @Override
  public Integer call() throws IOException {
    ModelStore.open().remove(name);
    return 0;
  }
}
