// Nobody catches the exception.
public class Uncaught {
    public static void main(String[] args) {
        System.out.println("before");
        System.out.println(Integer.parseInt("four"));
    }
}
