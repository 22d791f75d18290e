package io.dpiqa.dataset;

import java.nio.file.Path;

/**
 * A picture and its mean opinion score.
 *
 * @param name as the dataset's annotations have it
 * @param file where the picture is
 * @param score what people thought of it, in [0, 1]
 */
public record LabelledImage(String name, Path file, double score) {}
