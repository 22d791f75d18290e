package io.dpiqa.benchmarks;

import java.awt.image.BufferedImage;
import java.util.stream.IntStream;

/**
 * A picture of a lake, its forest and mountains that looks like a photograph and belongs to nobody:
 * a height field of gradient noise, marched along rays of light.
 *
 * <p>Lengths are metres: x to the right, y up, z away from the camera; the lake lies at y = 0. All
 * arithmetic is strict, so the same size gives the same picture on every machine.
 */
final class AlpineLake {
  private static final double FAR = 14_000;
  private static final double[] CAMERA = {0, 7.5, -40};
  private static final double[] SUN = unit(-0.62, 0.46, -0.40);
  private static final double[] SUNLIGHT = {3.3, 2.75, 2.1};
  private static final double[] SKYLIGHT = {0.42, 0.56, 0.85};
  private static final double[] HAZE = {0.62, 0.72, 0.86};

  /** The cabin: a convex body, as planes with outward normals n and offsets d, n p = d. */
  private static final double[] CABIN = {39, 0, 92};

  private static final double[][] CABIN_PLANES = {
    {-1, 0, 0, 6.5},
    {1, 0, 0, 6.5},
    {0, 0, -1, 4.5},
    {0, 0, 1, 4.5},
    {0, 0.7071, -0.7071, 5.3},
    {0, 0.7071, 0.7071, 5.3}
  };

  private AlpineLake() {}

  /** Renders the scene, 2 by 2 rays to a pixel. */
  static BufferedImage render(int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    IntStream.range(0, height)
        .parallel()
        .forEach(
            row -> {
              for (int column = 0; column < width; column++) {
                picture.setRGB(column, row, pixel(column, row, width, height));
              }
            });
    return picture;
  }

  /** One pixel of the scene, 0xRRGGBB. */
  static int pixel(int column, int row, int width, int height) {
    double[] sum = new double[3];
    for (int sample = 0; sample < 4; sample++) {
      double u = (column + 0.25 + 0.5 * (sample & 1)) / width - 0.5;
      double v = 0.5 - (row + 0.25 + 0.5 * (sample >> 1)) / height;
      double aspect = (double) width / height;
      double[] light = light(CAMERA, unit(u * aspect * 0.74, v * 0.74 + 0.10, 1), 0);
      double vignette = 1 - 0.45 * (u * u + v * v);
      for (int c = 0; c < 3; c++) {
        // Filmic curve for every ray, so that a bright edge does not outshine its pixel.
        double exposed = Math.max(0, light[c] * vignette * 0.66);
        sum[c] += exposed * (2.51 * exposed + 0.03) / (exposed * (2.43 * exposed + 0.59) + 0.14);
      }
    }
    int rgb = 0;
    for (int c = 0; c < 3; c++) {
      double grain = (hash(column * 3 + c, row) - 0.5) * 0.012;
      double display = StrictMath.pow(Math.min(1, sum[c] / 4), 1 / 2.2) + grain;
      rgb = rgb << 8 | (int) Math.round(255 * Math.min(1, Math.max(0, display)));
    }
    return rgb;
  }

  /** The light that comes from direction {@code d} to {@code o}, linear RGB. */
  private static double[] light(double[] o, double[] d, int bounces) {
    double water = d[1] < 0 ? -o[1] / d[1] : FAR;
    double cabin = cabin(o, d);
    double end = Math.min(Math.min(water, cabin), FAR);
    double t = march(o, d, end);
    if (t < end) {
      return hazed(land(at(o, d, t), t), d, t);
    }
    if (cabin < water) {
      return hazed(planks(at(o, d, cabin), cabin), d, cabin);
    }
    return water < FAR ? hazed(water(at(o, d, water), d, water, bounces), d, water) : sky(d);
  }

  /** Distance along the ray to the land, or {@code end} where it meets none before. */
  private static double march(double[] o, double[] d, double end) {
    double t = 0.5;
    double step = 0;
    for (int i = 0; i < 900 && t < end; i++) {
      double above = o[1] + t * d[1] - height(o[0] + t * d[0], o[2] + t * d[2], t);
      if (above < 0) {
        double low = t - step;
        for (int k = 0; k < 7; k++) {
          double middle = (low + t) / 2;
          double gap = o[1] + middle * d[1];
          if (gap < height(o[0] + middle * d[0], o[2] + middle * d[2], middle)) {
            t = middle;
          } else {
            low = middle;
          }
        }
        return t;
      }
      step = Math.max(0.45 * above, 0.3 + 0.0025 * t);
      t += step;
    }
    return end;
  }

  private static double height(double x, double z, double t) {
    double ground = ground(x, z, t);
    return ground > 1 && ground < 620 && t < 5000 ? ground + trees(x, z, ground) : ground;
  }

  /** Bare ground; {@code t} is how far away it is looked at, which limits the detail. */
  private static double ground(double x, double z, double t) {
    int octaves = t < 1500 ? 7 : 6;
    double dx = Math.max(Math.abs(x + 60 + 0.05 * z) - 150 - 0.16 * Math.max(z, 0), 0);
    double dz = Math.max(z - 1050, 0);
    double headland = bump(x - 62, z - 105, 46) * 95;
    double shore = Math.sqrt(dx * dx + dz * dz) + headland - 34 + 46 * fractal(x / 210, z / 210, 5);
    if (shore < 0) {
      return 0.06 * shore;
    }
    double rise = smooth(shore / 3300);
    double ridge = ridged(x / 2300 + 3.7, z / 2300 + 1.3, octaves);
    return 0.075 * shore
        + rise * (120 + 1650 * ridge)
        + (0.5 + 90 * rise) * fractal(x / 90, z / 90, octaves - 3);
  }

  /** Height of the conifers: cones in two overlapping jittered grids. */
  private static double trees(double x, double z, double ground) {
    double density = 0.75 + 0.9 * noise(x / 150, z / 150) - smooth((ground - 230) / 250) * 1.3;
    density -= bump(x - CABIN[0], z - CABIN[2] + 4, 21) * 3;
    double tallest = 0;
    for (int grid = 0; grid < 2; grid++) {
      double cell = 7.5 + grid * 1.7;
      double gx = (x * (0.8 - 0.34 * grid) - z * 0.6) / cell + 0.7 * noise(x / 31, z / 31);
      double gz = (x * 0.6 + z * (0.8 - 0.34 * grid)) / cell + 0.7 * noise(x / 29 + 5, z / 29);
      int ix = (int) Math.floor(gx);
      int iz = (int) Math.floor(gz);
      if (hash(ix + grid * 7919, iz) > density) {
        continue;
      }
      double size = 0.55 + 0.45 * hash(ix, iz + 4421 + grid);
      double cx = gx - ix - 0.5 + 0.3 * (hash(ix + 91, iz) - 0.5);
      double cz = gz - iz - 0.5 + 0.3 * (hash(ix, iz + 57) - 0.5);
      double radius = Math.sqrt(cx * cx + cz * cz) / (0.42 * size);
      if (radius < 1) {
        double ragged = 1 + 0.35 * noise(x * 1.9, z * 1.9) + 0.2 * noise(x * 4.3, z * 4.3);
        tallest = Math.max(tallest, 19 * size * StrictMath.pow(1 - radius, 0.85) * ragged);
      }
    }
    return tallest;
  }

  private static double[] land(double[] p, double t) {
    double reach = Math.max(0.12, 0.0011 * t);
    double[] n =
        unit(
            height(p[0] - reach, p[2], t) - height(p[0] + reach, p[2], t),
            2 * reach,
            height(p[0], p[2] - reach, t) - height(p[0], p[2] + reach, t));
    double ground = ground(p[0], p[2], t);
    double grown = p[1] - ground;
    double mottle = fractal(p[0] / 14, p[2] / 14, 5);
    double fine = fractal(p[0] * 1.3, p[2] * 1.3, 4);
    double[] colour;
    double ambient = 1;
    if (grown > 0.6) {
      double tint = hash((int) Math.floor(p[0] / 7.5), (int) Math.floor(p[2] / 7.5));
      colour = mix(rgb(0.022, 0.042, 0.016), rgb(0.115, 0.115, 0.030), tint * 0.6 + 0.5 * mottle);
      ambient = 0.35 + 0.65 * Math.min(1, grown / 14);
    } else {
      double[] grass = mix(rgb(0.075, 0.105, 0.028), rgb(0.19, 0.17, 0.07), 0.5 + mottle + fine);
      double[] rock =
          mix(rgb(0.16, 0.145, 0.13), rgb(0.34, 0.31, 0.28), 0.45 + 0.9 * mottle + 0.6 * fine);
      double strata = noise(p[1] / 23 + 2.0 * mottle, p[0] / 400);
      rock = mix(rock, rgb(0.13, 0.115, 0.11), 0.5 * smooth(strata * 2));
      double steep = smooth((0.80 - n[1] + 0.12 * mottle) / 0.18);
      double high = smooth((ground - 330 + 260 * mottle) / 330);
      colour = mix(grass, rock, Math.max(steep, Math.max(high, smooth((1.4 - ground) / 0.8))));
      double snow =
          smooth((ground - 640 + 420 * mottle) / 260) * smooth((n[1] - 0.50 + 0.3 * mottle) / 0.2);
      colour = mix(colour, rgb(0.86, 0.89, 0.94), snow);
    }
    return lit(colour, n, shadow(p, t), ambient);
  }

  private static double[] planks(double[] p, double t) {
    double[] q = {p[0] - CABIN[0], p[1] - CABIN[1], p[2] - CABIN[2]};
    double[] n = CABIN_PLANES[face(q)];
    double[] colour;
    if (n[1] > 0) {
      double course = q[1] * 3.1;
      double shingle =
          hash(
              (int) Math.floor(q[0] * 2.6 + (Math.floor(course) % 2) * 0.5),
              (int) Math.floor(course));
      double lap = course - Math.floor(course);
      colour = mix(rgb(0.11, 0.075, 0.06), rgb(0.22, 0.16, 0.13), shingle * 0.8 + 0.3 * lap);
    } else {
      double along = n[0] == 0 ? q[0] : q[2];
      double board = q[1] * 4.2;
      double shade = hash((int) Math.floor(board), n[0] == 0 ? 3 : 8);
      double grain = noise(along * 1.1, board * 9) * 0.5;
      colour = mix(rgb(0.20, 0.105, 0.055), rgb(0.33, 0.19, 0.10), shade * 0.7 + grain);
      if (board - Math.floor(board) < 0.14) {
        colour = rgb(0.06, 0.035, 0.02);
      }
      double wx = Math.abs(Math.abs(along) - 2.9);
      double wy = Math.abs(q[1] - 3.6);
      if (wx < 0.95 && wy < 0.85) {
        boolean frame = wx > 0.78 || wy > 0.68 || wx < 0.07 || wy < 0.07;
        colour = frame ? rgb(0.72, 0.70, 0.64) : rgb(0.03, 0.04, 0.06);
      } else if (Math.abs(along) < 0.75 && q[1] < 4.2) {
        colour = rgb(0.07, 0.10, 0.07);
      }
    }
    return lit(colour, n, shadow(p, t), 0.9);
  }

  private static double[] water(double[] p, double[] d, double t, int bounces) {
    double calm = 1 / (1 + t / 160);
    double ripple = 0.020 * calm + 0.0035;
    double[] n =
        unit(
            ripple * (fractal(p[0] / 1.7, p[2] / 0.9, 4) + fractal(p[0] / 9 + 40, p[2] / 5, 3)),
            1,
            2.2 * ripple * fractal(p[0] / 1.7 + 19, p[2] / 0.9, 4));
    double facing = Math.max(0, -dot(d, n));
    double fresnel = 0.03 + 0.97 * StrictMath.pow(1 - facing, 5);
    double[] deep = mix(rgb(0.012, 0.040, 0.045), rgb(0.05, 0.10, 0.085), smooth(facing * 2.5));
    if (bounces > 0) {
      return deep;
    }
    double k = 2 * dot(d, n);
    double[] up = unit(d[0] - k * n[0], Math.max(0.004, d[1] - k * n[1]), d[2] - k * n[2]);
    return mix(deep, light(new double[] {p[0], 0.02, p[2]}, up, 1), fresnel);
  }

  private static double[] sky(double[] d) {
    double up = Math.max(0, d[1]);
    double[] blue = mix(rgb(0.74, 0.80, 0.88), rgb(0.13, 0.30, 0.68), StrictMath.pow(up, 0.42));
    double x = d[0] / (up + 0.09) * 1.25;
    double z = d[2] / (up + 0.09) * 1.25;
    double wisp = fractal(x * 0.55 + 0.6 * noise(x, z), z * 1.15 + 3.1, 7);
    double cover = smooth((wisp + 0.06) / 0.5) * smooth(up / 0.12);
    double thick = smooth((fractal(x * 0.8 - 0.12, z * 1.3 + 3.02, 6) + 0.15) / 0.7);
    double glow = StrictMath.pow(Math.max(0, dot(d, SUN)), 6);
    double[] cloud = mix(rgb(1.55, 1.50, 1.45), rgb(0.74, 0.78, 0.86), thick * 0.75);
    double[] light = mix(blue, cloud, cover * 0.85);
    return new double[] {light[0] + 0.3 * glow, light[1] + 0.25 * glow, light[2] + 0.15 * glow};
  }

  /** Share of the sun that reaches {@code p}; soft at the edges. */
  private static double shadow(double[] p, double seenFrom) {
    double[] o = {p[0] + 0.2 * SUN[0], p[1] + 0.25 + 0.0006 * seenFrom, p[2] + 0.2 * SUN[2]};
    if (cabin(o, SUN) < FAR) {
      return 0;
    }
    double light = 1;
    double t = 0.6 + 0.0008 * seenFrom;
    for (int i = 0; i < 90 && t < 3200; i++) {
      double y = o[1] + t * SUN[1];
      double above = y - height(o[0] + t * SUN[0], o[2] + t * SUN[2], seenFrom + t);
      light = Math.min(light, 14 * above / t);
      if (light <= 0 || y > 2700) {
        break;
      }
      t += Math.max(0.3 * above, 0.5 + 0.02 * t);
    }
    return smooth(light);
  }

  private static double[] lit(double[] colour, double[] n, double sun, double ambient) {
    double direct = Math.max(0, dot(n, SUN)) * sun;
    double open = (0.55 + 0.45 * n[1]) * ambient;
    double bounce = 0.10 * ambient * Math.max(0, 0.4 - n[1]);
    double[] light = new double[3];
    for (int c = 0; c < 3; c++) {
      light[c] = colour[c] * (SUNLIGHT[c] * (direct + bounce) + SKYLIGHT[c] * open);
    }
    return light;
  }

  /** What distance adds: light scattered into the ray by the air. */
  private static double[] hazed(double[] light, double[] d, double t) {
    double clear = StrictMath.exp(-t / 12_000);
    double glow = 0.25 * StrictMath.pow(Math.max(0, dot(d, SUN)), 4);
    return mix(rgb(HAZE[0] + glow, HAZE[1] + glow, HAZE[2]), light, clear);
  }

  private static double cabin(double[] o, double[] d) {
    double enter = 0;
    double leave = FAR;
    for (double[] plane : CABIN_PLANES) {
      double speed = dot(plane, d);
      double gap =
          plane[3]
              - plane[0] * (o[0] - CABIN[0])
              - plane[1] * (o[1] - CABIN[1])
              - plane[2] * (o[2] - CABIN[2]);
      if (speed < 0) {
        enter = Math.max(enter, gap / speed);
      } else if (speed > 0) {
        leave = Math.min(leave, gap / speed);
      } else if (gap < 0) {
        return FAR;
      }
    }
    return enter > 0 && enter < leave ? enter : FAR;
  }

  /** The plane of the cabin that {@code q}, relative to its middle, lies on. */
  private static int face(double[] q) {
    int nearest = 0;
    double best = FAR;
    for (int i = 0; i < CABIN_PLANES.length; i++) {
      double gap = Math.abs(CABIN_PLANES[i][3] - dot(CABIN_PLANES[i], q));
      if (gap < best) {
        best = gap;
        nearest = i;
      }
    }
    return nearest;
  }

  /** Octaves of gradient noise, each turned against the last; about -0.6 to 0.6. */
  private static double fractal(double x, double y, int octaves) {
    double sum = 0;
    double weight = 0.5;
    for (int i = 0; i < octaves; i++) {
      sum += weight * noise(x, y);
      double turned = 1.6 * x - 1.2 * y + 7.1;
      y = 1.2 * x + 1.6 * y - 3.7;
      x = turned;
      weight *= 0.5;
    }
    return sum;
  }

  /** Sharp crests: octaves of folded noise, weighted by the height below them; 0 to about 1. */
  private static double ridged(double x, double y, int octaves) {
    double sum = 0;
    double weight = 0.5;
    double below = 1;
    for (int i = 0; i < octaves; i++) {
      double fold = 1 - Math.abs(noise(x, y)) * 1.45;
      double crest = fold * fold * below;
      sum += weight * crest;
      below = Math.min(1, Math.max(0.15, crest * 1.25));
      double turned = 1.6 * x - 1.2 * y + 5.3;
      y = 1.2 * x + 1.6 * y + 9.1;
      x = turned;
      weight *= 0.5;
    }
    return sum;
  }

  /** Gradient noise, -1 to 1, zero at whole coordinates. */
  private static double noise(double x, double y) {
    int ix = (int) Math.floor(x);
    int iy = (int) Math.floor(y);
    double fx = x - ix;
    double fy = y - iy;
    double u = fx * fx * fx * (fx * (fx * 6 - 15) + 10);
    double v = fy * fy * fy * (fy * (fy * 6 - 15) + 10);
    double near = slope(ix, iy, fx, fy) * (1 - u) + slope(ix + 1, iy, fx - 1, fy) * u;
    double far =
        slope(ix, iy + 1, fx, fy - 1) * (1 - u) + slope(ix + 1, iy + 1, fx - 1, fy - 1) * u;
    return 1.5 * (near * (1 - v) + far * v);
  }

  private static double slope(int ix, int iy, double dx, double dy) {
    int bits = bits(ix, iy);
    return ((bits & 0xffff) / 32767.5 - 1) * dx + ((bits >>> 16) / 32767.5 - 1) * dy;
  }

  private static double hash(int x, int y) {
    return (bits(x, y) >>> 8) / (double) (1 << 24);
  }

  private static int bits(int x, int y) {
    int h = x * 0x9E3779B1 + y * 0x85EBCA77;
    h = (h ^ h >>> 15) * 0x2C1B3C6D;
    h = (h ^ h >>> 12) * 0x297A2D39;
    return h ^ h >>> 15;
  }

  private static double bump(double dx, double dz, double radius) {
    return StrictMath.exp(-(dx * dx + dz * dz) / (radius * radius));
  }

  private static double smooth(double x) {
    double s = Math.min(1, Math.max(0, x));
    return s * s * (3 - 2 * s);
  }

  private static double[] mix(double[] a, double[] b, double share) {
    double s = Math.min(1, Math.max(0, share));
    return rgb(a[0] + s * (b[0] - a[0]), a[1] + s * (b[1] - a[1]), a[2] + s * (b[2] - a[2]));
  }

  private static double[] rgb(double red, double green, double blue) {
    return new double[] {red, green, blue};
  }

  private static double[] at(double[] o, double[] d, double t) {
    return new double[] {o[0] + t * d[0], o[1] + t * d[1], o[2] + t * d[2]};
  }

  private static double dot(double[] a, double[] b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
  }

  private static double[] unit(double x, double y, double z) {
    double length = Math.sqrt(x * x + y * y + z * z);
    return new double[] {x / length, y / length, z / length};
  }
}
