#include <stdio.h>
int twice(int); int main(void) { int x; char *p = 3; printf("%s %d", 3, x); return twice(p); }
