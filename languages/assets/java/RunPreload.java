package syncode;

import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jdk.internal.access.SharedSecrets;
import jdk.internal.loader.BuiltinClassLoader;
import jdk.internal.loader.URLClassPath;
import jdk.internal.misc.MethodFinder;
import sun.launcher.LauncherHelper;

/**
 * A JVM that is up: waits for the argument vector of a start {@code java [OPTION...] @LAUNCH [ARGUMENT...]} on
 * descriptor 3, for a {@code LAUNCH} that {@link Compile} wrote, and makes the JVM the one of that start.
 *
 * <p>{@code run.c} calls it and then the main method, so that no stack trace has a frame of it. It lies on the boot class
 * path: the loader of the program's classes knows nothing but the program.
 */
public final class RunPreload {
    private static final int ON_CLASS_PATH = 1; // the java command's number for a main class that is searched there

    /** What the main method is given; {@code null} when it takes nothing. */
    private static String[] arguments;

    private static boolean isStatic;

    private RunPreload() {}

    /** The main class, loaded but not initialized. */
    private static Class<?> await() throws ReflectiveOperationException, IOException {
        open("jdk.internal.loader", "jdk.internal.misc", "sun.launcher");
        Exercise.run();
        System.gc();
        List<String> vector = ArgumentVector.await();
        int launch = 0;
        while (launch < vector.size() && !vector.get(launch).endsWith("launch")) {
            launch++;
        }
        if (launch == vector.size()) {
            System.exit(1);
        }
        arguments = vector.subList(launch + 1, vector.size()).toArray(new String[0]);
        Class<?> type = load(vector.get(launch).substring(1));
        Method method = MethodFinder.findMainMethod(type);
        isStatic = Modifier.isStatic(method.getModifiers());
        if (method.getParameterCount() == 0) {
            arguments = null;
        }
        return type;
    }

    /** Lets this class use packages of the JDK's own, and no class of the program. */
    private static void open(String... packages) {
        for (String name : packages) {
            SharedSecrets.getJavaLangAccess().addOpens(Object.class.getModule(), name, RunPreload.class.getModule());
        }
    }

    /** Does what the java command does before it calls the main method; ends the JVM as it does when it cannot. */
    private static Class<?> load(String launch) throws ReflectiveOperationException, IOException {
        String text;
        try (var stream = new FileInputStream(launch)) {
            text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
        int quote = text.indexOf('"');
        String directory = text.substring("-cp ".length(), quote - 1);
        String name = text.substring(quote + 1, text.lastIndexOf('"'));
        // The loader has this path from the start, but took it for that of an archive: there was no such directory yet.
        var path = new URLClassPath(new URL[] {new File(directory).toURI().toURL()});
        Method set = BuiltinClassLoader.class.getDeclaredMethod("setClassPath", URLClassPath.class);
        set.setAccessible(true);
        set.invoke(ClassLoader.getSystemClassLoader(), path);
        System.setProperty("java.class.path", directory);
        String words = String.join(" ", arguments);
        System.setProperty("sun.java.command", arguments.length == 0 ? name : name.concat(" ").concat(words));
        return LauncherHelper.checkAndLoadMain(true, ON_CLASS_PATH, name);
    }
}
