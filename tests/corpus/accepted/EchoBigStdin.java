// Copies far more than a pipe holds from standard input to standard output.
import java.io.IOException;

public class EchoBigStdin {
    public static void main(String[] args) throws IOException {
        System.in.transferTo(System.out);
        System.out.flush();
    }
}
