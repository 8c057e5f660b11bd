// A misspelt name and a missing semicolon.
import java.util.Scanner;

public class Typo {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in)
        int count = in.nextInt();
        System.out.println(cuont);
    }
}
