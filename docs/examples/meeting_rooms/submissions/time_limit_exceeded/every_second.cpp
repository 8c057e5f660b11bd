// Looks at every single second up to the last end and counts the meetings that go on then.
#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

int main() {
    int count;
    std::cin >> count;
    std::vector<std::pair<int, int>> meetings(count);
    int last = 0, most = 0;
    for (auto& [begin, end] : meetings) {
        std::cin >> begin >> end;
        last = std::max(last, end);
    }
    for (int second = 0; second < last; ++second) {
        int now = 0;
        for (const auto& [begin, end] : meetings) now += begin <= second && second < end;
        if (now > most) most = now;
    }
    std::cout << most << '\n';
}
