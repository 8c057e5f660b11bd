#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
int y0, printf(char *, ...);
double abs(double x) { return x < 0 ? -x : x; }
struct div_t { int quot; };
int main(void) { char text[4]; strcpy(text, "too long"); free(text); return (int)abs(y0) + text; }
