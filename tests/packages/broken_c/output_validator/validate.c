#include "never_there.h"

int main(void) { return 42; }
