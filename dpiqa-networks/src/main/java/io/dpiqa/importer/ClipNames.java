package io.dpiqa.importer;

import java.util.Optional;

/** What tensors of a CLIP model as Hugging Face's transformers save it are called here. */
final class ClipNames {
  private ClipNames() {}

  /** A name that every text tower has, also that in Stable Diffusion. */
  static final String TOKENS = "text_model.embeddings.token_embedding.weight";

  /**
   * The same name for the text tower and its projection, and none for the rest: the tower for
   * pictures, the temperature, and position ids, which some files have and which are 0, 1, 2 ….
   */
  static Optional<String> published(String name) {
    boolean used =
        (name.startsWith("text_model.") && !name.endsWith(".position_ids"))
            || name.equals("text_projection.weight");
    return Optional.of(name).filter(n -> used);
  }
}
