// Imports a package that nobody has.
import no.such.library.Answer; // the error is here

public class MissingImport {
    public static void main(String[] args) {
        System.out.println(Answer.VALUE);
    }
}
