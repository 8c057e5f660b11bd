#include <iostream>
#include <vector>
int f(int unused) { int x; if (std::cin) return x; int i = 0; { int i = 2; (void)i; } }
int main() { std::vector<int> v(3); for (int i = 0; i < v.size(); i++) std::cout << v[i]; printf("%s", 3); }
