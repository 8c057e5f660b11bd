#include <iostream>
#include <algorithm>
#include <vector>
template <class T> concept C = requires(T t) { t.foo(); };
template <C T> void g(T) {}
int main() { g(3); std::vector<int> v{3,1}; std::ranges::sort(v, [](auto& a, std::string b) { return a; }); }
