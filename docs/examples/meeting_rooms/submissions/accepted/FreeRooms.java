// Keeps the times at which the rooms in use become free; a meeting takes the earliest one if it can.
import java.util.Arrays;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Scanner;

public class FreeRooms {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        int[][] meetings = new int[in.nextInt()][];
        for (int i = 0; i < meetings.length; i++) {
            meetings[i] = new int[] {in.nextInt(), in.nextInt()};
        }
        Arrays.sort(meetings, Comparator.comparingInt(meeting -> meeting[0]));
        PriorityQueue<Integer> free = new PriorityQueue<>();
        for (int[] meeting : meetings) {
            if (!free.isEmpty() && free.peek() <= meeting[0]) {
                free.remove();
            }
            free.add(meeting[1]);
        }
        System.out.println(free.size());
    }
}
