#pragma GCC optimize("O3,unroll-loops")
#pragma GCC target("avx2,bmi")
#include <bits/stdc++.h>
using namespace std;
int main() { vector<int> a(100); iota(a.begin(), a.end(), 1); long long s = 0; for (auto x : a) s += x; cout << s << endl; }
