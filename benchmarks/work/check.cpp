// An output validator that compares tokens, as short as one can be.
#include <fstream>
#include <iostream>
#include <string>

int main(int, char **argv) {
    std::ifstream answer(argv[2]);
    std::string expected, said;
    while (answer >> expected)
        if (!(std::cin >> said) || said != expected) return 43;
    return std::cin >> said ? 43 : 42;
}
