// Starts threads until the system refuses one, and stops because of it. At most 500.
public class ThreadBomb {
    public static void main(String[] args) {
        System.out.println("before");
        for (int i = 0; i < 500; i++) {
            Thread thread = new Thread(() -> {
                try {
                    Thread.sleep(20_000);
                } catch (InterruptedException error) {
                    throw new IllegalStateException(error);
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
    }
}
