// Forty threads alive at once add up the numbers 1 to 40.
#include <atomic>
#include <iostream>
#include <thread>
#include <vector>

int main() {
    std::atomic<int> total{0}, arrived{0};
    std::vector<std::thread> threads;
    for (int number = 1; number <= 40; ++number) {
        threads.emplace_back([&, number] {
            ++arrived;
            while (arrived < 40) std::this_thread::yield();
            total += number;
        });
    }
    for (auto& thread : threads) thread.join();
    std::cout << total << '\n';
}
