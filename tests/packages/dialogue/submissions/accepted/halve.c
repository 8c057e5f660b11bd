#include <stdio.h>

int main(void) {
    int low = 1, high = 100, middle;
    char answer[8];
    for (;;) {
        printf("? %d\n", middle = (low + high) / 2);
        fflush(stdout);
        if (scanf("%7s", answer) != 1)
            return 1;
        if (answer[0] == 'y')
            break;
        if (answer[0] == 'l')
            high = middle - 1;
        else
            low = middle + 1;
    }
    printf("! %d", middle); /* the end of the output ends the line too */
}
