// Recurses 200 000 levels deep, on a thread whose stack is large enough for it.
public class DeepRecursion {
    static int depth(int levels) {
        return levels == 0 ? 0 : 1 + depth(levels - 1);
    }

    public static void main(String[] args) throws InterruptedException {
        Thread deep = new Thread(null, () -> System.out.println(depth(200_000)), "deep", 128L << 20);
        deep.start();
        deep.join();
    }
}
