// A canary: attempts what its first argument names, bounded by itself.
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Scanner;

public class Main {
    static final int MIB = 1 << 20;
    static final long LONG_MS = 20_000;

    static void held() {
        System.out.println("held");
    }

    static void control() {
        long sum = 0;
        for (Scanner numbers = new Scanner(System.in); numbers.hasNextLong();) sum += numbers.nextLong();
        System.out.println(sum);
    }

    static void processes() throws IOException {
        for (int i = 0; i < 300; i++) new ProcessBuilder("sleep", "20").start();
    }

    // By the C library's malloc: the JVM's own limits do not count that.
    static void memory() throws Throwable {
        MethodHandle malloc = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().find("malloc").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        for (int i = 0; i < 64; i++) {
            MemorySegment block = (MemorySegment) malloc.invokeExact(8L * MIB);
            block.reinterpret(8L * MIB).fill((byte) 'x');
        }
        System.out.println(64);
    }

    static void output() {
        String block = "x".repeat(MIB / 4);
        for (int i = 0; i < 64; i++) System.out.print(block);
    }

    static void spin() {
        for (long end = System.currentTimeMillis() + LONG_MS; System.currentTimeMillis() < end;) continue;
    }

    static void write() {
        for (String directory : new String[] {"", "/usr", "/etc", "/app", "/dev", "/proc"}) {
            try {
                Files.writeString(Path.of(directory + "/canary"), "x");
            } catch (IOException refused) {
                continue;
            }
            System.out.println("could write " + directory + "/canary");
        }
        held();
    }

    static void network() {
        try (DatagramSocket lookedUp = new DatagramSocket()) {
            lookedUp.connect(new InetSocketAddress("192.0.2.1", 9));
        } catch (IOException refused) {
            held();
            return;
        }
        System.out.println("there is a route");
    }

    static void secret(String path) {
        String text;
        try {
            text = Files.readString(Path.of(path));
        } catch (IOException refused) {
            held();
            return;
        }
        System.out.println("could read " + text);
    }

    static void killInit() throws Throwable {
        MethodHandle kill = Linker.nativeLinker().downcallHandle(
                Linker.nativeLinker().defaultLookup().find("kill").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        if ((int) kill.invokeExact(1, 9) < 0) held();
        else System.out.println("could send init a signal");
    }

    public static void main(String[] arguments) throws Throwable {
        switch (arguments[0]) {
            case "control" -> control();
            case "processes" -> processes();
            case "memory" -> memory();
            case "output" -> output();
            case "spin" -> spin();
            case "sleep" -> Thread.sleep(LONG_MS);
            case "write" -> write();
            case "network" -> network();
            case "secret" -> secret(arguments[1]);
            case "init" -> killInit();
            default -> System.exit(64);
        }
    }
}
