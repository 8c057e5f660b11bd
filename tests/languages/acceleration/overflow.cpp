#include <iostream>
#include <string>
int main() { std::string s = "abc"; char c[2]; std::copy(s.begin(), s.end(), c); strcpy(c, "abcdef"); memcpy(c, s.data(), 30); std::cout << c << std::accumulate(c, c+2, 0) << std::setw(3) << sqrt(2.0) << rand(); gets(c); }
