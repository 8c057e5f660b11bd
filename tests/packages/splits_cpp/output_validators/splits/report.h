#pragma once
#include <fstream>
#include <string>

inline int refused(const std::string &directory, const std::string &why) {
    std::ofstream(directory + "judgemessage.txt") << why;
    return 43;
}
