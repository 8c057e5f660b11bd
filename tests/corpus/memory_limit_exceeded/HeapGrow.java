// Fills the JVM's own heap with ordinary arrays, up to 2 GiB.
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

public class HeapGrow {
    public static void main(String[] args) {
        System.out.println("before");
        List<long[]> kept = new ArrayList<>();
        while (kept.size() < 256) {
            long[] block = new long[1 << 20];
            Arrays.fill(block, kept.size());
            kept.add(block);
        }
        System.out.println(kept.size());
    }
}
