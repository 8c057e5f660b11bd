// Forty threads alive at once add up the numbers 1 to 40.
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;

public class ManyThreads {
    public static void main(String[] args) throws Exception {
        AtomicInteger total = new AtomicInteger();
        CyclicBarrier everybody = new CyclicBarrier(40);
        List<Thread> threads = new ArrayList<>();
        for (int i = 1; i <= 40; i++) {
            int number = i;
            threads.add(new Thread(() -> {
                try {
                    everybody.await();
                } catch (Exception error) {
                    throw new IllegalStateException(error);
                }
                total.addAndGet(number);
            }));
        }
        for (Thread thread : threads) thread.start();
        for (Thread thread : threads) thread.join();
        System.out.println(total);
    }
}
