// Sorts the heights of all moments; k moments at one height enclose k * (k - 1) / 2 level stretches.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

int main() {
    int count;
    std::string steps;
    std::cin >> count >> steps;
    std::vector<int> heights{0};
    for (char step : steps) heights.push_back(heights.back() + (step == 'U' ? 1 : -1));
    std::sort(heights.begin(), heights.end());
    long long level = 0, equal = 0;
    for (std::size_t i = 1; i < heights.size(); ++i) {
        equal = heights[i] == heights[i - 1] ? equal + 1 : 0;
        level += equal;
    }
    std::cout << level << '\n';
}
