package io.dpiqa.dataset;

import java.util.Optional;

/**
 * What a dataset says of one picture.
 *
 * @param name path of the picture as the dataset writes it
 * @param score what people thought of it, as distributed: it may be off the dataset's scale
 * @param part the part that the dataset's authors put it in, if they did
 * @param reference the undistorted picture that it was made from, if it was made from one
 * @param source the file, and the line or entry in it, that says so
 */
public record Annotation(
    String name,
    double score,
    Optional<Split.Part> part,
    Optional<String> reference,
    String source) {}
