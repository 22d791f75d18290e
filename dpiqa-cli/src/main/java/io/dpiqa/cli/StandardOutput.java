package io.dpiqa.cli;

import java.io.FilterWriter;
import java.io.IOException;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.util.Objects;

/** Ends the command where it cannot write on: a PrintWriter by itself says nothing. */
final class StandardOutput extends FilterWriter {

  /** What was to be written is lost. */
  static final class LostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LostException(IOException cause) {
      super("standard output cannot be written: " + cause.getMessage(), cause);
    }

    /**
     * Whether nobody reads it any more, as after {@code head}: known by what the system says, in
     * whatever language, of a pipe that nobody reads.
     */
    boolean isUnread() {
      try {
        Pipe pipe = Pipe.open();
        pipe.source().close();
        try (Pipe.SinkChannel unread = pipe.sink()) {
          unread.write(ByteBuffer.allocate(1));
        }
        return false;
      } catch (IOException unread) {
        return Objects.equals(unread.getMessage(), getCause().getMessage());
      }
    }
  }

  StandardOutput(Writer writer) {
    super(writer);
  }

  @Override
  public void write(int character) {
    write(new char[] {(char) character}, 0, 1);
  }

  @Override
  public void write(String text, int offset, int length) {
    write(text.toCharArray(), offset, length);
  }

  @Override
  public void write(char[] text, int offset, int length) {
    try {
      out.write(text, offset, length);
    } catch (IOException e) {
      throw new LostException(e);
    }
  }

  @Override
  public void flush() {
    try {
      out.flush();
    } catch (IOException e) {
      throw new LostException(e);
    }
  }
}
