// Includes a file that has no end and is no text.
#include "/dev/urandom"
int main() {}
