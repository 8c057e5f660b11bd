// Looks only at meetings next to each other, so it never asks for more than two rooms.
#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

int main() {
    int count;
    std::cin >> count;
    std::vector<std::pair<int, int>> meetings(count);
    for (auto& [begin, end] : meetings) std::cin >> begin >> end;
    std::sort(meetings.begin(), meetings.end());
    int rooms = 1;
    for (int i = 1; i < count; ++i) {
        if (meetings[i].first < meetings[i - 1].second) rooms = 2;
    }
    std::cout << rooms << '\n';
}
