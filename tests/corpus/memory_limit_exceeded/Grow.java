// Fills memory, 8 MiB at a time, up to 2 GiB, by the C library's malloc: the JVM's own limits do not count that.
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

public class Grow {
    static final long BLOCK = 8L << 20;

    public static void main(String[] args) throws Throwable {
        System.out.println("before");
        Linker linker = Linker.nativeLinker();
        MethodHandle malloc = linker.downcallHandle(
                linker.defaultLookup().find("malloc").orElseThrow(),
                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        for (int i = 0; i < 256; i++) {
            MemorySegment block = (MemorySegment) malloc.invokeExact(BLOCK);
            block.reinterpret(BLOCK).fill((byte) 'x');
        }
        System.out.println("after");
    }
}
