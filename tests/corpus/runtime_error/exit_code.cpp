// Ends with an exit code of its own, after a line of output.
#include <cstdlib>
#include <iostream>

int main() {
    std::cout << "before" << std::endl;
    std::exit(7);
}
