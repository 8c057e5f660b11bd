#define int long long
#include <iostream>
signed main() { int x = 3; printf("%d\n", x); std::cout << x }
