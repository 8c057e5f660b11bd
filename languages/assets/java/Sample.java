import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Compiled while the image is made, so that what javac needs for such programs is in its class cache. */
public class Sample {
    enum Kind { ODD, EVEN }

    record Entry(Kind kind, long value) {}

    sealed interface Shape permits Square, Circle {}

    record Square(double side) implements Shape {}

    record Circle(double radius) implements Shape {}

    static double area(Shape shape) {
        return switch (shape) {
            case Square square -> square.side() * square.side();
            case Circle(double radius) -> Math.PI * radius * radius;
        };
    }

    static <T extends Comparable<T>> T largest(List<T> values) {
        T best = values.getFirst();
        for (T value : values) {
            if (value.compareTo(best) > 0) best = value;
        }
        return best;
    }

    public static void main(String[] args) throws IOException {
        var in = new BufferedReader(new InputStreamReader(System.in));
        Map<Kind, List<Entry>> kinds = new HashMap<>();
        long[] sums = new long[2];
        String line;
        while ((line = in.readLine()) != null) {
            for (String word : line.split(" ")) {
                long value = Long.parseLong(word);
                Kind kind = value % 2 == 0 ? Kind.EVEN : Kind.ODD;
                kinds.computeIfAbsent(kind, k -> new ArrayList<>()).add(new Entry(kind, value));
                sums[kind.ordinal()] += value;
            }
        }
        Runnable print = () -> System.out.println("sums: " + sums[0] + ", " + sums[1]);
        print.run();
        StringBuilder text = new StringBuilder();
        for (Map.Entry<Kind, List<Entry>> entry : kinds.entrySet()) {
            text.append(entry.getKey()).append(entry.getValue().stream().map(Entry::value).collect(Collectors.toList()));
        }
        System.out.printf("%s %.2f %d%n", text, area(new Circle(2)), largest(List.of(3, 1, 2)));
        try {
            throw new IllegalStateException("""
                text""");
        } catch (IllegalStateException | NullPointerException error) {
            assert error.getMessage() != null;
        } finally {
            in.close();
        }
    }
}
