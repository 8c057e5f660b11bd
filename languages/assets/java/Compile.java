package syncode;

import com.sun.source.util.JavacTask;
import com.sun.source.util.TaskEvent;
import com.sun.source.util.TaskListener;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import javax.lang.model.element.ElementKind;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.Modifier;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.TypeKind;
import javax.lang.model.type.TypeMirror;
import javax.lang.model.util.ElementFilter;
import javax.tools.SimpleJavaFileObject;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;

/**
 * Compiles submitted files in one start of the JVM and says how to launch them.
 *
 * <p>Usage: {@code Compile OUT [OPTION...] -- MAIN [FILE...]}. Class files go to {@code OUT/classes}, the launcher's
 * class path and main class to {@code OUT/launch}, for {@code OUT} shown at {@code /app/out}. Beside what javac does: a
 * file may have any name, whatever its public class is called, and having no main method is an error. Messages go to
 * standard error as javac writes them. Exit status 0 for success, 1 for an error in the sources.
 */
public final class Compile {
    private Compile() {}

    public static void main(String[] arguments) throws IOException {
        List<String> all = List.of(arguments);
        int dashes = all.indexOf("--");
        Path out = Path.of(all.getFirst());
        List<Source> sources = all.subList(dashes + 1, all.size()).stream().map(Source::new).toList();
        System.exit(compile(out, all.subList(1, dashes), sources) ? 0 : 1);
    }

    private static boolean compile(Path out, List<String> options, List<Source> sources) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        var messages = new PrintWriter(System.err, true);
        Path classes = Files.createDirectories(out.resolve("classes"));
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            files.setLocationFromPaths(StandardLocation.CLASS_OUTPUT, List.of(classes));
            files.setLocationFromPaths(StandardLocation.CLASS_PATH, List.of());
            var task = (JavacTask) compiler.getTask(messages, files, null, options, null, sources);
            var starts = new Starts(task);
            task.addTaskListener(starts);
            if (!task.call()) {
                return false;
            }
            String main = starts.best(sources.getFirst());
            if (main == null) {
                messages.println(sources.getFirst().getName() + ":1: error: no main method found; "
                        + "write 'public static void main(String[] args)' in one of the classes");
                return false;
            }
            Files.writeString(out.resolve("launch"), "-cp /app/out/classes \"" + main + "\"\n");
            return true;
        }
    }

    /** A submitted file. Its public class may have any name: the file's was often given before the class's. */
    private static final class Source extends SimpleJavaFileObject {
        private final String name;

        Source(String name) {
            super(Path.of(name).toUri(), Kind.SOURCE);
            this.name = name;
        }

        @Override
        public String getName() {
            return name;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) throws IOException {
            return Files.readString(Path.of(name));
        }

        @Override
        public boolean isNameCompatible(String simpleName, Kind kind) {
            return kind == Kind.SOURCE;
        }

        String stem() {
            String file = Path.of(name).getFileName().toString();
            return file.substring(0, file.length() - Kind.SOURCE.extension.length());
        }
    }

    /** Collects the top-level classes that the launcher of Java 25 could start, in the order of their analysis. */
    private static final class Starts implements TaskListener {
        private record Start(Object file, TypeElement type, String binaryName) {}

        private final JavacTask task;
        private final List<Start> found = new ArrayList<>();

        Starts(JavacTask task) {
            this.task = task;
        }

        @Override
        public void finished(TaskEvent event) {
            TypeElement type = event.getTypeElement();
            if (event.getKind() == TaskEvent.Kind.ANALYZE && type != null && canStart(type)) {
                found.add(new Start(event.getSourceFile(), type, task.getElements().getBinaryName(type).toString()));
            }
        }

        /** The class to start: of the main file if it has any; there the one named like the file, then a public one. */
        String best(Source main) {
            Start best = null;
            int bestRank = -1;
            for (Start start : found) {
                int rank = 0;
                if (start.file() instanceof Source source && source == main) {
                    rank += 4;
                }
                if (start.type().getSimpleName().contentEquals(main.stem())) {
                    rank += 2;
                }
                if (start.type().getModifiers().contains(Modifier.PUBLIC)) {
                    rank += 1;
                }
                if (rank > bestRank) {
                    best = start;
                    bestRank = rank;
                }
            }
            return best == null ? null : best.binaryName();
        }

        private boolean canStart(TypeElement type) {
            return ElementFilter.methodsIn(task.getElements().getAllMembers(type)).stream()
                    .anyMatch(method -> isMain(method) && (isStatic(method) || canConstruct(type)));
        }

        private boolean isMain(ExecutableElement method) {
            return method.getSimpleName().contentEquals("main")
                    && method.getReturnType().getKind() == TypeKind.VOID
                    && !method.getModifiers().contains(Modifier.PRIVATE)
                    && !method.getModifiers().contains(Modifier.ABSTRACT)
                    && (method.getParameters().isEmpty()
                            || method.getParameters().size() == 1
                                    && isStringArray(method.getParameters().getFirst().asType()));
        }

        private boolean isStringArray(TypeMirror type) {
            return type.toString().equals("java.lang.String[]") || type.toString().equals("java.lang.String...");
        }

        private static boolean isStatic(ExecutableElement method) {
            return method.getModifiers().contains(Modifier.STATIC);
        }

        private static boolean canConstruct(TypeElement type) {
            Set<Modifier> modifiers = type.getModifiers();
            return type.getKind() == ElementKind.CLASS
                    && !modifiers.contains(Modifier.ABSTRACT)
                    && ElementFilter.constructorsIn(type.getEnclosedElements()).stream()
                            .anyMatch(constructor -> constructor.getParameters().isEmpty()
                                    && !constructor.getModifiers().contains(Modifier.PRIVATE));
        }
    }
}
