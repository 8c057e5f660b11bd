// Two instantiations for each, as deep as the compiler is told to go.
template <int depth, int path> struct Tree {
    static constexpr long value = Tree<depth - 1, path * 2>::value + Tree<depth - 1, path * 2 + 1>::value;
};
template <int path> struct Tree<0, path> {
    static constexpr long value = 1;
};
int main() { return static_cast<int>(Tree<30, 0>::value); }
