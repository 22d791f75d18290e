package io.dpiqa.cli;

import picocli.CommandLine.Command;

/** {@code dpiqa model}: what is done with models rather than with pictures. */
@Command(
    name = "model",
    description = "Imports, lists, shows and removes models.",
    synopsisSubcommandLabel = "COMMAND",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    subcommands = {
      ModelImportCommand.class,
      ModelListCommand.class,
      ModelShowCommand.class,
      ModelRemoveCommand.class
    })
final class ModelCommand {}
