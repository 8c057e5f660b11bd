// Floods standard output, up to 256 MiB.
#include <iostream>

int main() {
    std::cout << "before" << std::endl;
    for (int line = 0; line < 9'000'000; ++line) std::cout << "the same line over and over\n";
}
