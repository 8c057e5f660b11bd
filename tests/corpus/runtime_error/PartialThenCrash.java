// Half of the answer, then a crash: what was written is kept.
public class PartialThenCrash {
    public static void main(String[] args) {
        for (int number = 1; number <= 3; number++) System.out.println(number);
        System.out.println(((String) null).length());
    }
}
