// Sleeps: no processor time at all, only the clock can end it.
public class Sleep {
    public static void main(String[] args) throws InterruptedException {
        System.out.println("before");
        Thread.sleep(20_000);
        System.out.println("after");
    }
}
