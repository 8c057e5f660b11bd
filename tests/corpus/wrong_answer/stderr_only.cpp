// The right answer, on the wrong stream.
#include <iostream>

int main() {
    std::cerr << 100 << '\n';
}
