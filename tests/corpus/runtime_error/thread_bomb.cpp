// Starts threads until the system refuses one; nobody catches the exception. At most 500.
#include <chrono>
#include <iostream>
#include <thread>
#include <vector>

int main() {
    std::cout << "before" << std::endl;
    std::vector<std::thread> threads;
    for (int i = 0; i < 500; ++i) {
        threads.emplace_back([] { std::this_thread::sleep_for(std::chrono::seconds(20)); });
    }
    for (auto& thread : threads) thread.join();
}
