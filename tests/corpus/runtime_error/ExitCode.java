// Ends with an exit code of its own, after a line of output, by the short way that runs no shutdown hooks.
public class ExitCode {
    public static void main(String[] args) {
        System.out.println("before");
        Runtime.getRuntime().halt(7);
    }
}
