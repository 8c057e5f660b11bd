// Sleeps: no processor time at all, only the clock can end it.
#include <chrono>
#include <iostream>
#include <thread>

int main() {
    std::cout << "before" << std::endl;
    std::this_thread::sleep_for(std::chrono::seconds(20));
    std::cout << "after" << std::endl;
}
