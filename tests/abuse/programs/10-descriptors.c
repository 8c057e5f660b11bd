/* Opens 100 000 descriptors at the most, after asking for a higher limit. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void) {
    struct rlimit own, more = {1 << 20, 1 << 20};
    getrlimit(RLIMIT_NOFILE, &own);
    if (setrlimit(RLIMIT_NOFILE, &more) == 0) puts("the limit could be raised");
    if (fcntl(0, F_DUPFD, (int)own.rlim_cur) >= 0) puts("a descriptor beyond the limit");
    int count = 0;
    while (count < 100000 && open("/dev/null", O_RDONLY) >= 0) count++;
    if (errno == EMFILE && count < 256) puts("contained");
    else printf("%d descriptors, %s\n", count, strerror(errno));
}
