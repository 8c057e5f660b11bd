// Nobody catches the exception, so the library aborts.
#include <iostream>
#include <vector>

int main() {
    std::vector<int> numbers(4);
    std::cout << "before" << std::endl;
    std::cout << numbers.at(numbers.size()) << '\n';
}
