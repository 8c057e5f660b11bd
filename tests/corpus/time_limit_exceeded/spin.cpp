// Keeps a processor busy, for about a minute if nobody stops it.
#include <iostream>

volatile long long count;

int main() {
    std::cout << "before" << std::endl;
    while (count < 30'000'000'000LL) count = count + 1;
    std::cout << count << '\n';
}
