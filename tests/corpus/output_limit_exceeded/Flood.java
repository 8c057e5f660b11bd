// Floods standard output, up to 256 MiB.
public class Flood {
    public static void main(String[] args) {
        System.out.println("before");
        String lines = "the same line over and over\n".repeat(64);
        for (long written = 0; written < 256L << 20; written += lines.length()) System.out.print(lines);
    }
}
