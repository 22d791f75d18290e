package io.dpiqa;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JavadocExampleTest {

  @TempDir Path classes;

  @Test
  void exampleOfQualityModelCompiles() throws IOException {
    String source = Files.readString(Path.of("src/main/java/io/dpiqa/QualityModel.java"));
    Matcher example =
        Pattern.compile("<pre>\\{@code\\n(.*?)\\n \\* }</pre>", Pattern.DOTALL).matcher(source);
    assertThat(example.find()).isTrue();
    String program =
        """
        import io.dpiqa.*;
        import java.nio.file.Path;
        class Example {
          public static void main(String[] args) throws ImageException {
        %s
          }
        }
        """
            .formatted(example.group(1).replaceAll("(?m)^ \\* ?", ""));
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Example.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return program;
          }
        };
    boolean compiled =
        compiler
            .getTask(
                null,
                null,
                problems,
                List.of("-cp", "target/classes", "-d", classes.toString()),
                null,
                List.of(file))
            .call();
    assertThat(problems.getDiagnostics()).isEmpty();
    assertThat(compiled).isTrue();
  }
}
