/* Includes a header that nobody has. */
#include <no_such_header.h> /* the error is here */

int main(void) {
    return 0;
}
