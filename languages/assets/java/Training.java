import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Scanner;
import java.util.StringJoiner;
import java.util.StringTokenizer;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntBinaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * What solutions of problems do, in small. Compiled and run while the image is made, so that what the JVM needs for such
 * programs is in its cache.
 */
public class Training {
    enum Kind { ODD, EVEN }

    record Edge(int from, int to, long weight) {}

    sealed interface Shape permits Square, Circle {}

    record Square(double side) implements Shape {}

    record Circle(double radius) implements Shape {}

    public static void main(String[] arguments) throws Exception {
        PrintStream out = System.out;
        read(out);
        collect(out);
        compute(out);
        out.println(text(new StringBuilder(), 7, 2.5, 'c', "zażółć"));
    }

    private static void read(PrintStream out) throws IOException {
        var scanner = new Scanner(System.in);
        out.println(scanner.nextInt() + scanner.nextDouble() + scanner.next());
        scanner.nextLine();
        out.println(scanner.nextInt() + scanner.nextInt() + scanner.nextLong());
        String word = scanner.nextLine();
        while (scanner.hasNextLine()) word = scanner.nextLine();
        var reader = new BufferedReader(new InputStreamReader(new ByteArrayInputStream(word.getBytes())));
        String line;
        while ((line = reader.readLine()) != null) {
            var words = new StringTokenizer(line);
            while (words.hasMoreTokens()) out.print(words.nextToken() + (words.hasMoreTokens() ? " " : "\n"));
            out.println(Arrays.toString(line.trim().split("\\s+")) + Arrays.asList(line.split(" ")));
        }
    }

    private static void collect(PrintStream out) {
        Map<Kind, List<Edge>> kinds = new TreeMap<>();
        var edges = new PriorityQueue<Edge>(Comparator.comparingLong(Edge::weight).thenComparing(Edge::from));
        for (int i = 0; i < 20; i++) {
            var edge = new Edge(i, i * 7 % 20, i * 31 % 17);
            edges.add(edge);
            kinds.computeIfAbsent(i % 2 == 0 ? Kind.EVEN : Kind.ODD, kind -> new ArrayList<>()).add(edge);
        }
        Map<String, Integer> counts = new HashMap<>();
        var order = new ArrayDeque<Edge>();
        while (!edges.isEmpty()) {
            Edge edge = edges.poll();
            order.addLast(edge);
            counts.merge("weight " + edge.weight() % 3, 1, Integer::sum);
        }
        for (Map.Entry<String, Integer> entry : new LinkedHashMap<>(counts).entrySet()) {
            out.println(entry.getKey() + ": " + entry.getValue());
        }
        var numbers = new ArrayList<>(List.of(5, 3, 9, 1));
        Collections.sort(numbers);
        numbers.sort(Comparator.reverseOrder());
        numbers.sort((a, b) -> b - a);
        int[] array = IntStream.rangeClosed(1, 10).map(x -> x * x).filter(x -> x % 3 != 0).toArray();
        Arrays.sort(array);
        Integer[] boxed = Arrays.stream(array).boxed().toArray(Integer[]::new);
        Arrays.sort(boxed, Collections.reverseOrder());
        IntBinaryOperator greater = Math::max;
        out.println(order.peekFirst() + " " + kinds + numbers + Arrays.toString(boxed) + Arrays.stream(array).reduce(0, greater));
        out.println(Stream.of("b", "a", "c").sorted().collect(Collectors.joining(", ", "[", "]")));
        out.println(numbers.stream().collect(Collectors.groupingBy(x -> x % 2, Collectors.counting())));
        out.println(numbers.stream().mapToInt(Integer::intValue).sum() + Optional.of(1).map(x -> x + 1).orElse(0));
        out.println(new TreeSet<>(numbers).first() + new HashSet<>(numbers).size() + new LinkedList<>(numbers).getLast());
        out.println(new BitSet(10).nextClearBit(0) + Arrays.deepToString(new int[2][2]) + new StringJoiner("-").add("x"));
        out.println(new Random(1).nextInt(10) + String.join(" ", List.of("x", "y")) + "x".repeat(3).toUpperCase());
    }

    private static void compute(PrintStream out) throws Exception {
        List<Callable<Long>> tasks = new ArrayList<>();
        for (long i = 1; i < 5; i++) {
            long factor = i;
            tasks.add(() -> LongStream.rangeClosed(1, 20 * factor).map(x -> x * factor).sum());
        }
        long sum = 0;
        try (var pool = Executors.newFixedThreadPool(2)) {
            for (var result : pool.invokeAll(tasks)) sum += result.get();
        }
        var count = new AtomicInteger();
        var thread = new Thread(() -> count.addAndGet(2));
        thread.start();
        thread.join();
        synchronized (out) {
            out.println(sum + " " + count + " " + CompletableFuture.supplyAsync(() -> "later").get());
        }
        BigInteger big = BigInteger.TWO.pow(100).mod(BigInteger.valueOf(1_000_000_007)).multiply(BigInteger.TEN);
        out.println(big + " " + new BigDecimal("1.10").add(BigDecimal.ONE).setScale(1, RoundingMode.HALF_UP));
        var matcher = Pattern.compile("(\\w+)=(\\d+)").matcher("a=1, b=22");
        while (matcher.find()) out.println(matcher.group(1) + matcher.group(2));
        Map<Edge, Long> seen = new ConcurrentHashMap<>(Map.of(new Edge(1, 2, 3), 4L));
        out.println(seen.containsKey(new Edge(1, 2, 3)) + " " + new EnumMap<Kind, Integer>(Map.of(Kind.ODD, 1)));
        var writer = new PrintWriter(new BufferedWriter(new OutputStreamWriter(out)));
        writer.println(Long.toBinaryString(10) + Integer.bitCount(7) + Character.isDigit('7') + Math.sqrt(2));
        writer.flush();
    }

    private static String text(StringBuilder text, int number, double real, char letter, String word) {
        for (Shape shape : List.of(new Square(real), new Circle(real))) {
            text.append(switch (shape) {
                case Square(double side) -> side * side;
                case Circle circle -> Math.PI * circle.radius() * circle.radius();
            });
        }
        text.append(String.format("%d %5d %05d %.3f %s %c %x%n", number, number, number, real, word, letter, number));
        text.append(String.format(Locale.ROOT, "%-5s|%5s|%,d|%b|%e", word, word, 1_000_000L, true, real));
        try {
            Object nothing = number > 0 ? "text" : number;
            text.append((Integer) nothing);
        } catch (ClassCastException | IllegalStateException error) {
            text.append(error.getMessage()).append(error.getStackTrace().length);
        }
        text.append(number + " " + real + letter + word + (long) number + (number > 3) + (Object) word);
        return text.reverse().toString();
    }
}
