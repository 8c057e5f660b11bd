#include <iostream>

long long twice(long long);

int main() { std::cout << twice(3); }
