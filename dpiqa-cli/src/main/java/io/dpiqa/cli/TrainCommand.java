package io.dpiqa.cli;

import picocli.CommandLine.Command;

/** {@code dpiqa train}. */
@Command(
    name = "train",
    description = "Trains models, and what they begin with.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      TrainStudentCommand.class,
      TrainTeacherCommand.class,
      TrainPriorCommand.class,
      TrainBackboneCommand.class,
      TrainBuiltInCommand.class
    })
final class TrainCommand {}
