package io.dpiqa.dataset;

import java.nio.file.Path;

/**
 * A picture and what kind of picture people say it is.
 *
 * @param name its path below the folder of all kinds
 * @param file where the picture is
 * @param kind number of the kind, from 0
 */
public record ClassifiedImage(String name, Path file, int kind) {}
