#include <iostream>
int main() { std::vector<int> v; std::unordered_map<int,int> m; std::sort(v.begin(), v.end()); std::cuot << 1; strlen("a"); INT_MAX; }
