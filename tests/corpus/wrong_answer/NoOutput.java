// Ends well and says nothing: exit code 0 alone is never a right answer.
public class NoOutput {
    public static void main(String[] args) {
        System.exit(0);
    }
}
