/* Closes standard input at once and leaves a large input unread. */
#include <stdio.h>

int main(void) {
    fclose(stdin);
    puts("no input needed");
    return 0;
}
