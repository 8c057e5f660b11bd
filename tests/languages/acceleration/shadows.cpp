#include <iostream>
int x; static int unusedv; static void uf() {}
struct P { virtual void f(); }; struct Q : P { void f(int); };
int main() { switch (x) { case 1: x = 2; case 2: x = 3; } int x = 4; if (x = 3) std::cout << x; unsigned u = 3; if (u > -1) return 0; goto done; done: int y; }
