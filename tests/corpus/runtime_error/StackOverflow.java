// Recurses for ever; the JVM itself stops it.
public class StackOverflow {
    static int deeper(int level) {
        return deeper(level + 1) + 1;
    }

    public static void main(String[] args) {
        System.out.println("before");
        System.out.println(deeper(0));
    }
}
