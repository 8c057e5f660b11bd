// Not a statement.
public class Syntax {
    public static void main(String[] args) {
        int count = 4 +; // the error is here
        System.out.println(count);
    }
}
