// A type in a type in a type, without end.
template <typename T> struct Box {
    typename Box<Box<T>>::type inside;
    using type = Box<T>;
};
int main() { return sizeof(Box<int>); }
