package syncode;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.FileObject;
import javax.tools.ForwardingJavaFileManager;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/**
 * A compiler that has already worked: compiles samples into nothing, waits for the argument vector of a start of
 * {@link Compile} on descriptor 3 and then is that start.
 *
 * <p>javac keeps nothing of one task for the next but loaded classes and the index of the JDK's own.
 */
public final class CompilePreload {
    private static final Path HOME = Path.of("/usr/lib/syncode");
    private static final List<Path> SAMPLES = List.of(HOME.resolve("Sample.java"), HOME.resolve("Mistakes.java"));

    private static final List<String> OPTIONS = List.of("-proc:none", "-g", "-Xlint:all");

    private CompilePreload() {}

    public static void main(String[] arguments) throws IOException {
        for (Path sample : SAMPLES) {
            exercise(sample);
        }
        System.gc();
        List<String> vector = ArgumentVector.await();
        int driver = vector.indexOf(Compile.class.getName());
        if (driver < 0) {
            System.exit(1);
        }
        Compile.main(vector.subList(driver + 1, vector.size()).toArray(String[]::new));
    }

    /** Compiles a file as {@link Compile} does, except that neither class files nor messages go anywhere. */
    private static void exercise(Path sample) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var messages = new PrintWriter(OutputStream.nullOutputStream());
        try (var files = compiler.getStandardFileManager(null, null, null);
                var discarding = new Discarding(files)) {
            files.setLocationFromPaths(StandardLocation.CLASS_PATH, List.of());
            var sources = files.getJavaFileObjects(sample);
            compiler.getTask(messages, discarding, null, OPTIONS, null, sources).call();
        }
    }

    private static final class Discarding extends ForwardingJavaFileManager<JavaFileManager> {
        Discarding(JavaFileManager files) {
            super(files);
        }

        @Override
        public JavaFileObject getJavaFileForOutput(
                Location location, String name, JavaFileObject.Kind kind, FileObject sibling) {
            return new SimpleJavaFileObject(URI.create("discarded:///" + name.replace('.', '/')), kind) {
                @Override
                public OutputStream openOutputStream() {
                    return OutputStream.nullOutputStream();
                }
            };
        }
    }
}
