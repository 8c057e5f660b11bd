/* A program's file of 4 GiB, most of which is a gap. */
__asm__(".data\n.org 0x100000000\n.byte 1\n");
int main(void) { return 0; }
