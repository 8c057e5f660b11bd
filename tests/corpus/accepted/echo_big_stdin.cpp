// Copies far more than a pipe holds, line by line.
#include <iostream>
#include <string>

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) std::cout << line << '\n';
}
