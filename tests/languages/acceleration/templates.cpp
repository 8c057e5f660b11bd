// comment
/* another */
#include <bits/stdc++.h>
using namespace std;
struct A { int x; };
int main() { set<A> s; s.insert(A{1}); sort(s.begin(), s.end()); cout << A{}; string t = 5; vector<int> v = "a"; }
