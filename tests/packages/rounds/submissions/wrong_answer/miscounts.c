#include <stdio.h>

int main(void) {
    int number;
    while (scanf("%d", &number) == 1) {
        printf("%d\n", number < 2000 ? number + 1 : number);
        fflush(stdout);
    }
}
