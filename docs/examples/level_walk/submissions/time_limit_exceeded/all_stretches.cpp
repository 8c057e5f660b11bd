// Tries every stretch: fast code cannot make up for a slow idea.
#include <iostream>
#include <string>

int main() {
    int count;
    std::string steps;
    std::cin >> count >> steps;
    long long level = 0;
    for (int first = 0; first < count; ++first) {
        int height = 0;
        for (int last = first; last < count; ++last) {
            height += steps[last] == 'U' ? 1 : -1;
            level += height == 0;
        }
    }
    std::cout << level << '\n';
}
