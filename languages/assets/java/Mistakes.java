import java.util.List;

/** Compiled by every compiler before it waits, so that it also knows how to complain. */
class Mistakes {
    private final List raw = null;

    int count(String text) {
        int length = text;
        return lenght + missing(length);
    }
}
