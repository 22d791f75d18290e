package io.dpiqa.cli;

import io.dpiqa.ModelException;
import io.dpiqa.importer.ImportOptions;
import io.dpiqa.importer.ModelImporter;
import io.dpiqa.model.ModelFile;
import io.dpiqa.model.ModelStore;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code dpiqa model import}. */
@Command(
    name = "import",
    description = {
      "Imports a checkpoint into the model store.",
      "Recognises the network (a teacher, or a student with any EfficientNet, B0 to B7, or ResNet-18), checks"
          + " every tensor, and writes an ONNX model with its provenance. Nothing in the file is"
          + " ever run."
    },
    mixinStandardHelpOptions = true,
    versionProvider = Dpiqa.Version.class,
    sortOptions = false)
final class ModelImportCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "A .pth or .safetensors checkpoint.")
  private Path file;

  @Option(
      names = "--name",
      required = true,
      paramLabel = "NAME",
      description = "What to call the model: a-z, 0-9, '.', '_' and '-'.")
  private String name;

  @Option(
      names = "--licence",
      paramLabel = "TEXT",
      description = "Licence of the weights, instead of what the file states.")
  private Optional<String> licence = Optional.empty();

  @Option(
      names = "--note",
      paramLabel = "ABOUT=TEXT",
      description =
          "What dpiqa model show is to tell besides, for instance --note 'measured=SRCC 0.81 on our"
              + " photographs'. May be repeated.")
  private Map<String, String> notes = new LinkedHashMap<>();

  @Option(
      names = "--reference",
      paramLabel = "PATH",
      description =
          "A photograph, a directory of them, or - for paths on standard input: what percentiles"
              + " are measured against. May be repeated.")
  private List<Path> reference = new ArrayList<>();

  @Option(
      names = {"-r", "--recursive"},
      description = "Look into the subdirectories of directories in --reference too.")
  private boolean recursive;

  @Option(names = "--replace", description = "Replace a model of that name.")
  private boolean replace;

  @Option(
      names = "--half",
      description = "Store kernels and matrices as 16-bit floats: half the size.")
  private boolean half;

  @Option(
      names = "--prompts",
      paramLabel = "FILE",
      description =
          "For a teacher: the embeddings of its prompts, a safetensors file with a tensor"
              + " 'embeddings' [prompts, width].")
  private Path prompts;

  @Option(
      names = "--text",
      paramLabel = "CLIP",
      description =
          "For a teacher, instead of --prompts: the folder of openai/clip-vit-large-patch14, with"
              + " weights and tokenizer, to encode the prompts with.")
  private Path text;

  @Option(
      names = "--prompt-list",
      paramLabel = "FILE",
      description =
          "With --text: the prompts, one a line (default: the 495 of the published teachers).")
  private Path promptList;

  @Option(
      names = "--config",
      paramLabel = "SD_FOLDER",
      description =
          "For a teacher: the folder of the Stable Diffusion that it was made of, with"
              + " unet/config.json and vae/config.json, for the number of attention heads and the"
              + " scale of latents (default: those of Stable Diffusion 1.5).")
  private Path config;

  @Option(
      names = "--timestep",
      paramLabel = "0..999",
      description =
          "For a teacher: the timestep that the U-Net is read at (default: what it was trained at, 1"
              + " as published).")
  private Integer timestep;

  @Option(
      names = "--latent-seed",
      paramLabel = "N",
      description =
          "For a teacher: draw latents with this seed, instead of taking their mean, the default.")
  private Long latentSeed;

  @Override
  public Integer call() throws IOException {
    if (timestep != null && (timestep < 0 || timestep > 999)) {
      throw new ParameterException(
          spec.commandLine(), "--timestep must be 0 to 999, not " + timestep);
    }
    if (prompts != null && text != null) {
      throw new ParameterException(spec.commandLine(), "--prompts and --text exclude each other");
    }
    if (promptList != null && text == null) {
      throw new ParameterException(spec.commandLine(), "--prompt-list needs --text");
    }
    ImportOptions options =
        ImportOptions.named(name)
            .replacing(replace)
            .withLicence(licence)
            .withNotes(notes)
            .withReference(referencePhotographs())
            .withHalfPrecision(half)
            .withLatentSeed(
                latentSeed == null ? OptionalLong.empty() : OptionalLong.of(latentSeed));
    options = timestep == null ? options : options.withTimestep(timestep);
    options = prompts == null ? options : options.withPrompts(prompts);
    options = text == null ? options : options.withText(text);
    options = promptList == null ? options : options.withPromptList(promptList);
    options = config == null ? options : options.withConfig(config);
    ModelFile model;
    try (ImportProgress progress = new ImportProgress()) {
      model = new ModelImporter(ModelStore.open(), progress).add(file, options);
    }
    PrintWriter out = spec.commandLine().getOut();
    out.printf("imported %s, a %s: %s%n", name, model.card().network(), model.path());
    out.flush();
    return 0;
  }

  private List<Path> referencePhotographs() {
    List<Path> found = new ArrayList<>();
    new Photographs(
            reference,
            recursive,
            (path, problem) -> {
              throw new ModelException(name, "no reference: " + problem.getMessage());
            })
        .forEachRemaining(found::add);
    return found;
  }
}
