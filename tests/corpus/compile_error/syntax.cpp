// An operand is missing.
#include <iostream>

int main() {
    int count = 4 + ;  // the error is here
    std::cout << count << '\n';
}
