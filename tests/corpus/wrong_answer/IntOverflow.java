// Adds in 32 bits where the sum needs more.
import java.util.Scanner;

public class IntOverflow {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int total = 0;
        for (int left = in.nextInt(); left > 0; left--) {
            total += in.nextInt();
        }
        System.out.println(total);
    }
}
