// Two moments at the same height enclose a level stretch: count how often each height was reached before.
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;

public class Heights {
    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
        int count = Integer.parseInt(in.readLine().trim());
        String steps = in.readLine();
        int[] seen = new int[2 * count + 1];
        int height = count;
        long level = 0;
        seen[height] = 1;
        for (int i = 0; i < count; i++) {
            height += steps.charAt(i) == 'U' ? 1 : -1;
            level += seen[height]++;
        }
        System.out.println(level);
    }
}
