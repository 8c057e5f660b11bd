/* Touches as many MiB as it is told, once each. */
#include <stdlib.h>
#include <string.h>

int main(int count, char **arguments) {
    size_t size = (size_t)(count > 1 ? atol(arguments[1]) : 0) << 20;
    char *block = malloc(size);
    if (!block) return 1;
    memset(block, 1, size);
    return block[size / 2] - 1;
}
