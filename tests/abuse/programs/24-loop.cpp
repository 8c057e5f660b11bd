// Counts to 10 to the power of 12 while it is compiled.
constexpr long count() {
    long sum = 0;
    for (long i = 0; i < 1'000'000'000'000; i++) sum += i % 7;
    return sum;
}
static_assert(count() > 0);
int main() {}
