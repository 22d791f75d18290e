package io.dpiqa.cli;

import picocli.CommandLine.Command;

/** {@code dpiqa dataset}. */
@Command(
    name = "dataset",
    description = "Looks into datasets and divides them.",
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {CheckCommand.class, NearDuplicatesCommand.class, SplitCommand.class})
final class DatasetCommand {}
