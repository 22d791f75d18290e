package io.dpiqa.cli;

import io.dpiqa.Outcome;

/** A way to write outcomes to standard output. */
interface Report {

  /** Takes the next outcome; a format for programs writes it at once. */
  void add(Outcome outcome);

  /** Writes what is left to write. */
  void finish();
}
