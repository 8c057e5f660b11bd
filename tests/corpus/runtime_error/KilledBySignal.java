// Ends by a signal: calls the C library's abort. The JVM turns a segmentation fault into an abort, too.
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;

public class KilledBySignal {
    public static void main(String[] args) throws Throwable {
        System.out.println("before");
        Linker linker = Linker.nativeLinker();
        MethodHandle abort =
                linker.downcallHandle(linker.defaultLookup().find("abort").orElseThrow(), FunctionDescriptor.ofVoid());
        abort.invokeExact();
    }
}
