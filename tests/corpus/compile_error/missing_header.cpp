// Includes a header that nobody has.
#include <no/such/header.hpp>  // the error is here

int main() {
    return 0;
}
