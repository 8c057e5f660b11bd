// The answer is not ASCII; it must arrive as UTF-8, both in the source and on standard output.
public class UnicodeOutput {
    public static void main(String[] args) {
        System.out.println("naïve Größe — 日本語 🎈");
    }
}
