package io.dpiqa.evaluation;

import static java.awt.Color.WHITE;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler.LegendLayout;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;

/**
 * Pictures of how one model's predictions lie to people's opinions, in colours that the
 * colour-blind can tell apart (Okabe and Ito, Color universal design, 2008).
 */
public final class AgreementPlot {
  private static final int SIZE = 900;
  private static final int CURVE_POINTS = 50;
  private static final int TITLE = 30;

  /** Pixels between ticks, at least. */
  private static final int TICKS = 140;

  /** What lies at the end of a range is shown whole. */
  private static final double MARGIN = 0.04;

  private static final Color BLUE = new Color(0x0072B2);
  private static final Color VERMILION = new Color(0xD55E00);
  private static final Color DARK = new Color(0x222222);
  private static final Color GREY = new Color(0x666666);
  private static final Color GRID = new Color(0xDDDDDD);

  private static final BasicStroke SOLID = new BasicStroke(4);
  private static final BasicStroke DASHED =
      new BasicStroke(2, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 1, new float[] {9, 6}, 0);

  private AgreementPlot() {}

  /** Opinions over predictions, with the logistic fit, if there is one: 900 x 900 pixels. */
  public static BufferedImage scatter(Evaluation evaluation) {
    double[] predicted = evaluation.predictions().stream().mapToDouble(Prediction::score).toArray();
    double[] opinion = evaluation.predictions().stream().mapToDouble(Prediction::opinion).toArray();
    XYChart chart = chart(evaluation, "People's opinion");
    predictions(chart, predicted);
    chart.getStyler().setYAxisMin(-MARGIN).setYAxisMax(1 + MARGIN);
    points(
        chart,
        "%d pictures: SRCC %s, PLCC %s"
            .formatted(
                predicted.length,
                Labels.decimals(evaluation.agreement().srcc(), 3),
                Labels.decimals(evaluation.agreement().plcc(), 3)),
        predicted,
        opinion);
    line(chart, "prediction = opinion", new double[] {0, 1}, new double[] {0, 1}, GREY, DASHED);
    evaluation
        .logisticFit()
        .ifPresent(
            fit -> {
              double[] x = between(min(predicted), max(predicted));
              line(
                  chart,
                  "logistic fit: PLCC %s, RMSE %s"
                      .formatted(Labels.decimals(fit.plcc(), 3), Labels.decimals(fit.rmse(), 3)),
                  x,
                  DoubleStream.of(x).map(fit::map).toArray(),
                  VERMILION,
                  SOLID);
            });
    return BitmapEncoder.getBufferedImage(chart);
  }

  /** Errors over predictions: 900 x 900 pixels. */
  public static BufferedImage residuals(Evaluation evaluation) {
    double[] predicted = evaluation.predictions().stream().mapToDouble(Prediction::score).toArray();
    double[] error = evaluation.predictions().stream().mapToDouble(Prediction::error).toArray();
    double rmse = evaluation.agreement().rmse();
    double reach = Math.max(0.5, DoubleStream.of(error).map(Math::abs).max().orElseThrow());
    XYChart chart = chart(evaluation, "Error: too low (−) or too high (+)");
    predictions(chart, predicted);
    chart.getStyler().setYAxisMin(-reach - MARGIN).setYAxisMax(reach + MARGIN);
    points(
        chart,
        "%d pictures: mean error %s"
            .formatted(
                predicted.length, Labels.signed(DoubleStream.of(error).average().orElseThrow(), 3)),
        predicted,
        error);
    double[] ends = {Math.min(0, min(predicted)), Math.max(1, max(predicted))};
    line(chart, "no error", ends, new double[] {0, 0}, DARK, new BasicStroke(2));
    line(
        chart,
        "± RMSE " + Labels.decimals(rmse, 3),
        ends,
        new double[] {rmse, rmse},
        VERMILION,
        DASHED);
    line(chart, "− RMSE", ends, new double[] {-rmse, -rmse}, VERMILION, DASHED)
        .setShowInLegend(false);
    return BitmapEncoder.getBufferedImage(chart);
  }

  private static XYChart chart(Evaluation evaluation, String yTitle) {
    XYChart chart =
        new XYChartBuilder()
            .width(SIZE)
            .height(SIZE)
            .title(
                Labels.shorten(evaluation.model(), TITLE)
                    + " on "
                    + Labels.shorten(evaluation.dataset(), TITLE))
            .xAxisTitle("Prediction")
            .yAxisTitle(yTitle)
            .build();
    XYStyler styler = chart.getStyler();
    styler.setChartBackgroundColor(WHITE);
    styler.setChartFontColor(DARK);
    styler.setChartTitleFont(font(Font.BOLD, 19));
    styler.setChartTitleBoxVisible(false);
    styler.setPlotBorderVisible(false);
    styler.setPlotGridLinesColor(GRID);
    styler.setPlotGridLinesStroke(new BasicStroke(1));
    styler.setPlotContentSize(1);
    styler.setAxisTitleFont(font(Font.PLAIN, 22));
    styler.setAxisTickLabelsFont(font(Font.PLAIN, 20));
    styler.setAxisTickLabelsColor(DARK);
    styler.setAxisTickMarksColor(GREY);
    styler.setXAxisTickMarkSpacingHint(TICKS);
    styler.setYAxisTickMarkSpacingHint(TICKS);
    styler.setXAxisDecimalPattern("0.0");
    styler.setYAxisDecimalPattern("0.0");
    styler.setLegendPosition(LegendPosition.OutsideS);
    styler.setLegendLayout(LegendLayout.Vertical);
    styler.setLegendFont(font(Font.PLAIN, 20));
    styler.setLegendBorderColor(WHITE);
    styler.setLegendSeriesLineLength(36);
    styler.setMarkerSize(evaluation.predictions().size() > 500 ? 7 : 11);
    return chart;
  }

  /** The axis of predictions: 0 to 1, and as far beyond as they reach. */
  private static void predictions(XYChart chart, double[] predicted) {
    chart
        .getStyler()
        .setXAxisMin(Math.min(0, min(predicted)) - MARGIN)
        .setXAxisMax(Math.max(1, max(predicted)) + MARGIN);
  }

  private static Font font(int style, int size) {
    return new Font(Font.SANS_SERIF, style, size);
  }

  private static void points(XYChart chart, String name, double[] x, double[] y) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    series.setMarker(SeriesMarkers.CIRCLE);
    // Where thousands lie upon each other, it must show how many.
    int alpha = x.length > 500 ? 80 : 170;
    series.setMarkerColor(new Color(BLUE.getRed(), BLUE.getGreen(), BLUE.getBlue(), alpha));
  }

  private static XYSeries line(
      XYChart chart, String name, double[] x, double[] y, Color color, BasicStroke stroke) {
    XYSeries series = chart.addSeries(name, x, y);
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Line);
    series.setMarker(SeriesMarkers.NONE);
    series.setLineColor(color);
    series.setLineStyle(stroke);
    return series;
  }

  private static double[] between(double low, double high) {
    return IntStream.rangeClosed(0, CURVE_POINTS)
        .mapToDouble(i -> low + (high - low) * i / CURVE_POINTS)
        .toArray();
  }

  private static double min(double[] values) {
    return DoubleStream.of(values).min().orElseThrow();
  }

  private static double max(double[] values) {
    return DoubleStream.of(values).max().orElseThrow();
  }
}
