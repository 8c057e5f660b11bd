// Tries every stretch.
import java.util.Scanner;

public class AllStretches {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int count = in.nextInt();
        String steps = in.next();
        long level = 0;
        for (int first = 0; first < count; first++) {
            int height = 0;
            for (int last = first; last < count; last++) {
                height += steps.charAt(last) == 'U' ? 1 : -1;
                if (height == 0) level++;
            }
        }
        System.out.println(level);
    }
}
