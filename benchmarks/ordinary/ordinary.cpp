// An ordinary answer to an ordinary problem: reads, sorts, counts, prints. About 50 ms of CPU time.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <vector>

int main() {
    std::uint32_t seed = 0;
    std::cin >> seed;
    std::vector<std::uint32_t> numbers(600'000);
    for (auto& number : numbers) number = seed = seed * 1664525u + 1013904223u;
    std::sort(numbers.begin(), numbers.end());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < numbers.size(); i += 1000) sum += numbers[i];
    std::cout << sum << '\n';
}
