/* An array of 1 GiB that the program's file has to hold. */
char array[1 << 30] = {1};
int main(void) { return array[12345]; }
