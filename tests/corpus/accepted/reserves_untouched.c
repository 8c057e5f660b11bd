/* Reserves 1 GiB and touches one page of it: only memory in use counts. */
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    volatile char *room = malloc((size_t)1 << 30);
    if (!room) return 1;
    room[12345] = 100;
    printf("%d\n", room[12345]);
    return 0;
}
