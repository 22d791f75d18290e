package io.dpiqa.image;

import com.drew.imaging.jpeg.JpegProcessingException;
import com.drew.imaging.jpeg.JpegSegmentReader;
import com.drew.imaging.jpeg.JpegSegmentType;
import com.drew.lang.StreamReader;
import com.twelvemonkeys.imageio.util.IIOUtil;
import java.io.IOException;
import java.util.List;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStream;

/**
 * Guards against progressive JPEG files that go over their pixels again and again: a scan of a few
 * hundred bytes keeps a decoder busy with the whole picture.
 */
final class JpegScans {

  /**
   * Real files have about ten scans; this allows 200 of the largest pictures, and more of smaller
   * ones.
   */
  private static final long MAX_PIXEL_VISITS = 20_000_000_000L;

  private static final int START_OF_SCAN = 0xDA;

  private JpegScans() {}

  static void validate(ImageInputStream in, long pixels) throws IOException {
    in.seek(0);
    if (!isProgressive(in)) {
      return;
    }
    long scans = 1;
    boolean afterFf = false;
    byte[] block = new byte[1 << 16];
    for (int length = in.read(block); length > 0; length = in.read(block)) {
      for (int i = 0; i < length; i++) {
        if (afterFf && (block[i] & 0xFF) == START_OF_SCAN) {
          scans++;
        }
        afterFf = block[i] == (byte) 0xFF;
      }
    }
    if (scans * pixels > MAX_PIXEL_VISITS) {
      throw new IIOException(scans + " scans");
    }
  }

  /** Leaves the stream after the marker of the first scan. */
  private static boolean isProgressive(ImageInputStream in) throws IOException {
    StreamReader reader = new StreamReader(IIOUtil.createStreamAdapter(in));
    try {
      return JpegSegmentReader.readSegments(reader, List.of(JpegSegmentType.SOF2))
          .containsSegment(JpegSegmentType.SOF2);
    } catch (JpegProcessingException e) {
      throw new IIOException(e.getMessage(), e);
    }
  }
}
