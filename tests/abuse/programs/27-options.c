/* Brings files whose names a compiler may take for its options, and a program that it would then run. */
#include <stdio.h>
#include <unistd.h>

int main(void) { puts(access("/app/out/left", F_OK) == 0 ? "something of its own ran" : "contained"); }
