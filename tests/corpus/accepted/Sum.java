// Reads a count and that many integers, prints their sum.
import java.util.Scanner;

public class Sum {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        long total = 0;
        for (int left = in.nextInt(); left > 0; left--) {
            total += in.nextLong();
        }
        System.out.println(total);
    }
}
