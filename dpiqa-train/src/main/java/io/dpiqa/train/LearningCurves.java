package io.dpiqa.train;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * The course of a run as a picture: the loss above, below it the figure that tells the best epoch.
 */
final class LearningCurves {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 450;
  private static final Color BLUE = new Color(0x0072B2);
  private static final Color VERMILION = new Color(0xD55E00);

  private LearningCurves() {}

  /**
   * Draws the curves, 900 x 900 pixels.
   *
   * @param epochs at least one
   */
  static BufferedImage draw(List<Epoch> epochs) {
    String figure = epochs.get(0).validation().keySet().iterator().next();
    BufferedImage both = new BufferedImage(WIDTH, 2 * HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = both.createGraphics();
    graphics.drawImage(chart("Training loss", BLUE, epochs, Epoch::loss), 0, 0, null);
    graphics.drawImage(
        chart(
            "Validation: " + figure.replace('_', ' ').toUpperCase(Locale.ROOT),
            VERMILION,
            epochs,
            epoch -> epoch.validation().get(figure)),
        0,
        HEIGHT,
        null);
    graphics.dispose();
    return both;
  }

  private static BufferedImage chart(
      String title, Color color, List<Epoch> epochs, ToDoubleFunction<Epoch> figure) {
    XYChart chart =
        new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle("Epoch").build();
    double[] x = epochs.stream().mapToDouble(Epoch::epoch).toArray();
    double[] y = epochs.stream().mapToDouble(figure).toArray();
    XYSeries series = chart.addSeries(title, x, y);
    series.setLineColor(color);
    series.setLineStyle(new BasicStroke(3));
    series.setMarker(SeriesMarkers.CIRCLE);
    series.setMarkerColor(color);
    style(chart.getStyler(), epochs.size());
    return BitmapEncoder.getBufferedImage(chart);
  }

  private static void style(XYStyler styler, int epochs) {
    styler.setChartBackgroundColor(Color.WHITE);
    styler.setChartTitleBoxVisible(false);
    styler.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 20));
    styler.setAxisTitleFont(new Font(Font.SANS_SERIF, Font.PLAIN, 18));
    styler.setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 16));
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(new Color(0xDDDDDD));
    styler.setLegendVisible(false);
    styler.setXAxisMin(0.0);
    styler.setXAxisMax(epochs + 1.0);
    styler.setXAxisDecimalPattern("0");
    styler.setYAxisDecimalPattern("0.###");
    styler.setMarkerSize(8);
  }
}
