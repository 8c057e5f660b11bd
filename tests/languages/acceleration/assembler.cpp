#include <iostream>
int twice(long long); int main() { std::cout << twice(3); asm("nosuch %eax"); }
