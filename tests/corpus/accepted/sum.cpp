// Reads a count and that many integers, prints their sum.
#include <iostream>

int main() {
    int count = 0;
    long long total = 0;
    std::cin >> count;
    for (long long number; count > 0 && std::cin >> number; --count) total += number;
    std::cout << total << '\n';
}
