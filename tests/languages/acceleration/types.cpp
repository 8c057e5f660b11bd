#include <iostream>
int main() { char b[4]; std::cin >> b; int a[3]; for (int i = 0; i <= 3; i++) a[i] = i; std::cout << a[2]; return b; std::max(1, 2L); }
