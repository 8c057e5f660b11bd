/* The witness: the first program that an engine runs in a jail. It says that it is there, and stays until it is killed,
 * so that the engine can look from outside at what a program in a jail really is (witness.py). */
#include <unistd.h>

int main(void) {
    if (write(1, "!", 1) != 1) return 1;
    for (;;) pause();
}
