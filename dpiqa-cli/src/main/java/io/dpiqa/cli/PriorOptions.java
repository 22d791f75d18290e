package io.dpiqa.cli;

import io.dpiqa.importer.DiffusionPrior;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that name the diffusion model that a teacher is made of. */
final class PriorOptions {

  @Spec(Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--prior",
      required = true,
      paramLabel = "PATH",
      description =
          "Stable Diffusion 1.x, a folder or a file, or the prior.safetensors of dpiqa train prior.")
  private Path prior;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "For Stable Diffusion: the embeddings of the prompts, a safetensors file with a tensor"
              + " 'embeddings' [prompts, width].")
  private Optional<Path> prompts = Optional.empty();

  @Option(
      names = "--text",
      paramLabel = "CLIP",
      description =
          "For Stable Diffusion, instead of --prompts: the folder of"
              + " openai/clip-vit-large-patch14, to encode the prompts with.")
  private Optional<Path> text = Optional.empty();

  /** Opens it; the caller closes it. */
  DiffusionPrior open() throws IOException {
    if (prompts.isPresent() && text.isPresent()) {
      throw new ParameterException(spec.commandLine(), "--prompts and --text exclude each other");
    }
    return DiffusionPrior.open(prior, prompts, text);
  }
}
