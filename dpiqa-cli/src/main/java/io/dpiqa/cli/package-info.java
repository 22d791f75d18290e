/** The {@code dpiqa} command: thin, one class per subcommand. */
package io.dpiqa.cli;
