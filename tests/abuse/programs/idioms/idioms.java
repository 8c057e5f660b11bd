import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.Selector;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** What Java programs do. */
public class Main {
    static void need(boolean good, String what) {
        if (!good) throw new AssertionError(what);
    }

    static void threads() throws Exception {
        var sum = new AtomicInteger();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 500; i++) executor.submit(() -> { Thread.sleep(1); return sum.incrementAndGet(); });
        }
        need(sum.get() == 500, "virtual threads");
        var latch = new CountDownLatch(8);
        for (int i = 0; i < 8; i++) new Thread(latch::countDown).start();
        need(latch.await(60, TimeUnit.SECONDS), "threads");
        need(IntStream.range(0, 1000).parallel().sum() == 499500, "parallel streams");
        need(ForkJoinPool.commonPool().submit(() -> 42).get() == 42, "fork and join");
        need(CompletableFuture.supplyAsync(() -> 1).thenApply(x -> x + 1).get() == 2, "futures");
        try (var timer = Executors.newScheduledThreadPool(1)) {
            need(timer.schedule(() -> 3, 1, TimeUnit.MILLISECONDS).get() == 3, "timers");
        }
    }

    static void network() throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        var uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        try (var client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString("echo")).build();
            need(client.send(request, HttpResponse.BodyHandlers.ofString()).body().equals("echo"), "http");
        }
        server.stop(0);
        try (var listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                var caller = new Socket(listener.getInetAddress(), listener.getLocalPort());
                var called = listener.accept()) {
            caller.getOutputStream().write(7);
            need(called.getInputStream().read() == 7, "sockets");
        }
        Selector.open().close();
    }

    static void processes() throws Exception {
        var child = new ProcessBuilder("sh", "-c", "cat; echo $HOME").start();
        child.getOutputStream().close();
        need(new String(child.getInputStream().readAllBytes()).equals("/box\n") && child.waitFor() == 0, "children");
        need(ProcessHandle.current().pid() > 1 && Runtime.getRuntime().availableProcessors() >= 1, "process");
        var java = ProcessHandle.current().info().command().orElse("java");
        for (var collector : List.of("-XX:+UseParallelGC", "-XX:+UseG1GC")) {
            var other = new ProcessBuilder(java, collector, "-Xmx32m", "-XX:TieredStopAtLevel=1", "--version").redirectErrorStream(true).start();
            var text = new String(other.getInputStream().readAllBytes());
            need(other.waitFor() == 0, text);
        }
    }

    static void files() throws Exception {
        Path file = Files.createTempFile("x", ".txt");
        Files.writeString(file, "zażółć");
        need(Files.readString(file).length() == 6 && Charset.defaultCharset().name().equals("UTF-8"), "text");
        try (var channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE); var lock = channel.lock()) {
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, 4);
            mapped.put(0, (byte) 1);
            channel.force(true);
            need(lock.isValid(), "locks");
        }
        Files.delete(file);
        need(new SecureRandom().generateSeed(4).length == 4 && SecureRandom.getInstanceStrong() != null, "random");
        need(ZoneId.systemDefault().getId().matches("UTC|Etc/UTC|GMT"), ZoneId.systemDefault().getId());
        need(Path.of("").toAbsolutePath().toString().equals("/box"), "directory");
        var kept = new ArrayList<byte[]>();
        for (int i = 0; i < 2000; i++) {
            kept.add(new byte[10_000]);
            if (kept.size() > 100) kept.clear();
        }
        System.gc();
    }

    public static void main(String[] args) throws Exception {
        try (BufferedReader input = Files.newBufferedReader(Path.of("/dev/stdin"))) {
            need(input.readLine().equals("input"), "input");
        }
        threads();
        network();
        processes();
        files();
        Files.writeString(Path.of("/dev/stdout"), "contained\n", StandardOpenOption.WRITE);
    }
}
