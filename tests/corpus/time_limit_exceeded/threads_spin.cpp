// Two threads share the work, so that the clock shows half of the processor time.
#include <iostream>
#include <thread>

static void work() {
    for (volatile long long count = 0; count < 30'000'000'000LL;) count = count + 1;
}

int main() {
    std::cout << "before" << std::endl;
    std::thread first(work), second(work);
    first.join();
    second.join();
    std::cout << "after" << std::endl;
}
