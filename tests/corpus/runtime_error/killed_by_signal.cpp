// Ends by a segmentation fault: writes through a null pointer.
#include <iostream>

int* volatile nowhere = nullptr;

int main() {
    std::cout << "before" << std::endl;
    *nowhere = 1;
}
