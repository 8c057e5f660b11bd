package syncode;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jdk.internal.access.SharedSecrets;

/** The argument vector that a JVM started ahead of need waits for: on descriptor 3, each string ended by a NUL. */
final class ArgumentVector {
    private static final int DESCRIPTOR = 3;

    private ArgumentVector() {}

    /** Blocks until the descriptor has ended and closes it. Empty when nothing was written. */
    static List<String> await() throws IOException {
        // By number: through /proc the pipe may only be opened again by the user who made it.
        var descriptor = new FileDescriptor();
        SharedSecrets.getJavaIOFileDescriptorAccess().set(descriptor, DESCRIPTOR);
        try (var stream = new FileInputStream(descriptor)) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return text.isEmpty() ? List.of() : List.of(text.substring(0, text.length() - 1).split("\0", -1));
        }
    }
}
