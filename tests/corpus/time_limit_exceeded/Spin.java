// Keeps a processor busy, for about a minute if nobody stops it.
public class Spin {
    static volatile long count;

    public static void main(String[] args) {
        System.out.println("before");
        while (count < 20_000_000_000L) count++;
        System.out.println(count);
    }
}
