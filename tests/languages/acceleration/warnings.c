#include <stdio.h>
#include <stdlib.h>
#include <math.h>
static int twice(int n, int unused) { int abs = n; { int abs = 2; (void)abs; } return abs * 2; }
int main(void) { int x; unsigned i = 3; if (i > x) x = "three"; printf("%s %f\n", twice(2, 3), 2); malloc(3); return abs(2.5) + pow("2", 3); }
