// Writes much to standard error beside the answer; it is neither compared nor may it block.
#include <iostream>

int main() {
    for (int line = 0; line < 4000; ++line) std::clog << "debug: at line " << line << " of the noise\n";
    std::cout << 100 << '\n';
}
