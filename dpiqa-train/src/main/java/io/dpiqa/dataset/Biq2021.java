package io.dpiqa.dataset;

import java.nio.file.Path;
import java.util.List;

/**
 * BIQ2021 (Ahmed and Asif, Journal of Electronic Imaging 31(5), 2022), as its authors publish it:
 * 12,000 photographs of 512 x 512, scored from 0 to 1 by 30 people each in a laboratory.
 *
 * @param folder holds the folder {@code Images} and two CSV files
 */
public record Biq2021(Path folder) {

  /** The official training part, 10,000 photographs. */
  public List<LabelledImage> training() {
    return read("Train (Images and MOS).csv");
  }

  /** The official test part, 2,000 photographs. */
  public List<LabelledImage> test() {
    return read("Test (Images and MOS).csv");
  }

  private List<LabelledImage> read(String csv) {
    return LabelledImages.read(
        folder.resolve(csv), folder.resolve("Images"), "Image Name", "MOS", 1);
  }
}
