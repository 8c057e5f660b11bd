// Compile bomb: instantiates far more than the compiler's memory and time allow. Never runs.
template <int Depth, int Way>
struct Tree {
    static constexpr long value = Tree<Depth - 1, 2 * Way>::value + Tree<Depth - 1, 2 * Way + 1>::value;
};

template <int Way>
struct Tree<0, Way> {
    static constexpr long value = Way;
};

int main() { return static_cast<int>(Tree<24, 0>::value); }
