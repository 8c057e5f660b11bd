/* Uses CPU time in children that live 5 ms each, one after the other, for 20 s at the most. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    alarm(20);
    for (;;) {
        if (fork() == 0) {
            while (clock() < CLOCKS_PER_SEC / 200) continue;
            _exit(0);
        }
        wait(NULL);
    }
}
