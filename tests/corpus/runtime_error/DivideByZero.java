// Divides by zero, which the JVM turns into an exception.
public class DivideByZero {
    public static void main(String[] args) {
        System.out.println("before");
        System.out.println(100 / args.length);
    }
}
