// Keeps a table with an entry for every second there is.
#include <algorithm>
#include <iostream>
#include <vector>

int main() {
    int count;
    std::cin >> count;
    std::vector<unsigned char> calendar(1'000'000'001, 0);
    for (int begin, end; count > 0 && std::cin >> begin >> end; --count) {
        for (int second = begin; second < end; ++second) ++calendar[second];
    }
    std::cout << int{*std::max_element(calendar.begin(), calendar.end())} << '\n';
}
