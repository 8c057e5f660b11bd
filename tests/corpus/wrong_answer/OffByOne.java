// Forgets the last number.
import java.util.Scanner;

public class OffByOne {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int count = in.nextInt();
        long total = 0;
        for (int i = 1; i < count; i++) {
            total += in.nextLong();
        }
        System.out.println(total);
    }
}
