// Takes a string for an integer.
#include <iostream>
#include <string>

int main() {
    int count = std::string("four");  // the error is here
    std::cout << count << '\n';
}
