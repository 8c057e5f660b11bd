// Takes a string for an integer.
public class Types {
    public static void main(String[] args) {
        int count = "four"; // the error is here
        System.out.println(count);
    }
}
