#include <iostream>
#include <vector>
#include <string>
#include <algorithm>
#include <map>
#include <queue>
#include <set>

struct Edge { int to; long long w; };
using Graph = std::vector<std::vector<Edge>>;

static std::vector<long long> dijkstra(const Graph& g, int s) {
    std::vector<long long> d(g.size(), -1);
    std::priority_queue<std::pair<long long, int>, std::vector<std::pair<long long, int>>, std::greater<>> q;
    q.push({0, s});
    while (!q.empty()) {
        auto [dist, v] = q.top();
        q.pop();
        if (d[v] != -1) continue;
        d[v] = dist;
        for (const auto& e : g[v]) if (d[e.to] == -1) q.push({dist + e.w, e.to});
    }
    return d;
}

class UnionFind {
    std::vector<int> parent, size;
public:
    explicit UnionFind(int n) : parent(n), size(n, 1) { for (int i = 0; i < n; i++) parent[i] = i; }
    int find(int v) { while (parent[v] != v) v = parent[v] = parent[parent[v]]; return v; }
    bool unite(int a, int b) {
        a = find(a); b = find(b);
        if (a == b) return false;
        if (size[a] < size[b]) std::swap(a, b);
        parent[b] = a; size[a] += size[b];
        return true;
    }
};

int main() {
    std::ios::sync_with_stdio(false);
    std::cin.tie(nullptr);
    int n, m;
    if (!(std::cin >> n >> m)) { n = 3; m = 0; }
    Graph g(n);
    std::map<std::string, int> names;
    std::vector<std::tuple<long long, int, int>> edges;
    for (int i = 0; i < m; i++) {
        int a, b; long long w;
        std::cin >> a >> b >> w;
        g[a].push_back({b, w}); g[b].push_back({a, w});
        edges.emplace_back(w, a, b);
        names["e" + std::to_string(i)] = a;
    }
    std::sort(edges.begin(), edges.end());
    UnionFind uf(n);
    long long total = 0;
    for (auto [w, a, b] : edges) if (uf.unite(a, b)) total += w;
    auto d = dijkstra(g, 0);
    std::set<long long> distinct(d.begin(), d.end());
    std::cout << total << ' ' << distinct.size() << '\n';
    for (auto x : d) std::cout << x << ' ';
    std::cout << '\n';
    for (const auto& [k, v] : names) std::cout << k << "=" << v << '\n';
}
