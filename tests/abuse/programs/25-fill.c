/* Has the assembler write 1 GiB. */
__asm__(".data\n.fill 0x40000000, 1, 7\n");
int main(void) { return 0; }
