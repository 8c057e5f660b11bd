#include <stdio.h>
#include <stdlib.h>
int main(void) { char text[INT_MAX % 64]; strcpy(text, "four"); bool known = sqrt(2.0) > 1; uint32_t n = strlen(text); return known + n + EXIT_FAILUR; }
