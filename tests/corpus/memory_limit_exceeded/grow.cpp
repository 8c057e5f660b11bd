// Fills memory, 8 MiB at a time, up to 2 GiB.
#include <iostream>
#include <vector>

int main() {
    std::cout << "before" << std::endl;
    std::vector<std::vector<char>> kept;
    while (kept.size() < 256) kept.emplace_back(8 << 20, 'x');
    std::cout << kept.size() << '\n';
}
