#include "report.h"

#include <iostream>

int main(int argc, char **argv) {
    if (argc != 6 || argv[5] != std::string("strict"))
        return 1;
    const int most = std::stoi(std::string(argv[4]).substr(std::string("most=").size()));
    int wanted, first, second;
    std::ifstream(argv[1]) >> wanted;
    std::string more;
    if (!(std::cin >> first >> second) || std::cin >> more)
        return refused(argv[3], "no two numbers");
    if (first + second != wanted)
        return refused(argv[3], "another sum");
    if (std::max(first, second) > most)
        return refused(argv[3], "a number above " + std::to_string(most));
    return 42;
}
