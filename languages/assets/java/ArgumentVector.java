package syncode;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import jdk.internal.access.SharedSecrets;

/** The argument vector that a JVM started ahead of need waits for: on descriptor 3, each string ended by a NUL. */
final class ArgumentVector {
    private static final int DESCRIPTOR = 3;

    private ArgumentVector() {}

    /** Says that this JVM is ready, blocks until the descriptor has ended, and closes it. Empty when nothing was written. */
    static List<String> await() throws IOException {
        // By number: a socket cannot be opened again through /proc.
        var descriptor = new FileDescriptor();
        SharedSecrets.getJavaIOFileDescriptorAccess().set(descriptor, DESCRIPTOR);
        new FileOutputStream(descriptor).write('!');
        try (var stream = new FileInputStream(descriptor)) {
            String text = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            return text.isEmpty() ? List.of() : List.of(text.substring(0, text.length() - 1).split("\0", -1));
        }
    }
}
