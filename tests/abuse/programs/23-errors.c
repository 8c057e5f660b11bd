/* An error, of many lines, in each of a million places. */
#define A(x) x x x x x x x x x x
#define B(x) A(A(A(x)))
int main(void) {
    B(B("this is no number" * 2;))
}
