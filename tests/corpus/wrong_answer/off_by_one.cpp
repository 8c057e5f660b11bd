// Forgets the last number.
#include <iostream>

int main() {
    int count = 0;
    long long number = 0, total = 0;
    std::cin >> count;
    for (int i = 1; i < count && std::cin >> number; ++i) total += number;
    std::cout << total << '\n';
}
