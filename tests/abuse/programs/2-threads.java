// Starts threads until it is refused, 2000 at the most, which wait for nothing. Nobody handles the refusal.
public class Main {
    public static void main(String[] args) {
        for (int born = 0; born < 2000; born++) {
            Thread thread = new Thread(() -> {
                try {
                    Thread.sleep(10_000);
                } catch (InterruptedException interrupted) {
                    Thread.currentThread().interrupt();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        System.out.println("all were born");
    }
}
