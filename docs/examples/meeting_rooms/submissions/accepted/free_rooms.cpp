// Keeps the times at which the rooms in use become free; a meeting takes the earliest one if it can.
#include <algorithm>
#include <functional>
#include <iostream>
#include <queue>
#include <utility>
#include <vector>

int main() {
    int count;
    std::cin >> count;
    std::vector<std::pair<int, int>> meetings(count);
    for (auto& [begin, end] : meetings) std::cin >> begin >> end;
    std::sort(meetings.begin(), meetings.end());

    std::priority_queue<int, std::vector<int>, std::greater<>> free;
    for (const auto& [begin, end] : meetings) {
        if (!free.empty() && free.top() <= begin) free.pop();
        free.push(end);
    }
    std::cout << free.size() << '\n';
}
