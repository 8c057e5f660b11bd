#include <stdio.h>

int main(void) {
    int n;
    scanf("%d", &n);
    printf("\n\n   %d\t\r\n\n\v%d", n / 3, n - n / 3);
}
