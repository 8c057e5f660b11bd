/* Keeps one processor busy: what a neighbour may do to everybody by right. Ten seconds at most. */
#include <unistd.h>

int main(void) {
    alarm(10);
    for (volatile long count = 0;; count++) continue;
}
