package syncode;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Scanner;
import java.util.StringTokenizer;
import java.util.stream.Collectors;

/**
 * What nearly every solution of a problem does, in small: run by each JVM before it waits, so that what is made at first
 * use is there.
 *
 * <p>It starts no thread, makes no proxy and touches no standard stream: a program that came after could tell by the
 * numbers in names or by what it reads.
 */
final class Exercise {
    private static final byte[] INPUT = "2 1000000007 2.5 word\nlast line\n".getBytes(StandardCharsets.UTF_8);

    private Exercise() {}

    static void run() throws IOException {
        try (var out = new PrintStream(OutputStream.nullOutputStream())) {
            var scanner = new Scanner(new ByteArrayInputStream(INPUT));
            int number = scanner.nextInt();
            out.println(number + " " + scanner.nextLong() + scanner.nextDouble());
            scanner.nextLine();
            while (scanner.hasNextLine()) out.println("line: " + scanner.nextLine());

            var reader = new BufferedReader(new InputStreamReader(new ByteArrayInputStream(INPUT)));
            var words = new StringTokenizer(reader.readLine());
            out.println(Integer.parseInt(words.nextToken()) + reader.readLine().split(" ").length);

            Map<String, List<Integer>> lists = new HashMap<>();
            var queue = new PriorityQueue<int[]>(Comparator.comparingInt(pair -> pair[1]));
            queue.add(new int[] {number, 1});
            lists.computeIfAbsent("key", key -> new ArrayList<>()).add(queue.poll()[0]);
            lists.forEach((key, value) -> out.println(key + "=" + value));
            out.println(Arrays.stream(new int[] {3, 1}).map(x -> x * x).boxed().sorted().toList());
            out.println(lists.keySet().stream().filter(key -> !key.isEmpty()).collect(Collectors.joining(", ")));
            out.printf("%d %.2f %s%n", number, 2.5, "text");
        }
    }
}
