/* Has the assembler take in a file that has no end. */
__asm__(".incbin \"/dev/zero\"");
int main(void) { return 0; }
