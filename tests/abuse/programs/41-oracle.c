/* Counts its own runs, and so learns which test it is, by whatever might stay: files, attributes, locks, objects of the
 * kernel, processes, sockets, signals, limits, and numbers that only grow. */
#include "probe.h"
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

static const char *const FILES[] = {"/box/mark", "/tmp/mark", "/dev/shm/mark", "/app/mark", "/app/out/mark", "/usr/mark"};

static void leave_file(const char *path) {
    struct stat about;
    if (lstat(path, &about) == 0) hole("%s is there", path);
    int file = open(path, O_CREAT | O_RDWR, 0600);
    if (file >= 0) close(file);
}

static void leave_attributes(const char *path) {
    char value[8];
    struct stat about;
    if (getxattr(path, "user.mark", value, sizeof value) > 0) hole("%s has an attribute", path);
    setxattr(path, "user.mark", "x", 1, 0);
    if (stat(path, &about) == 0 && about.st_mtime == 1) hole("%s has another time", path);
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    utimensat(AT_FDCWD, path, times, 0);
    chmod(path, 0700);
}

/* names of groups are given one after the other */
static void read_groups(void) {
    static const char *const files[] = {"/proc/self/cgroup", "/proc/self/cpuset"};
    char line[256];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *groups = fopen(files[i], "r");
        while (groups && fgets(line, sizeof line, groups))
            if (strcmp(strchr(line, '/') ? strchr(line, '/') : "", "/\n")) hole("a group is named: %s", line);
    }
}

static void leave_socket(void) {
    struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "\0syncode-abuse-oracle"};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(listener, (struct sockaddr *)&name, sizeof name) == 0) hole("somebody listens");
    bind(listener, (struct sockaddr *)&name, sizeof name);
    listen(listener, 1);
}

static void leave_process(void) {
    if (kill(-1, 0) == 0) hole("there is a process");
    if (fork() == 0) {
        setsid();
        prctl(PR_SET_PDEATHSIG, 0);
        for (int number = 1; number < 65; number++) signal(number, SIG_IGN);
        sleep(20);
        _exit(0);
    }
}

int main(void) {
    struct rlimit limit;
    if (getpid() != 2 || getppid() != 1 || syscall(SYS_gettid) != 2) hole("this is process %d of %d", getpid(), getppid());
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) leave_file(FILES[i]);
    leave_attributes("/app/out/main");
    leave_attributes("/app");
    leave_attributes("/box");
    read_groups();
    leave_socket();
    leave_process();
    if (shm_open("/oracle", O_RDWR, 0600) >= 0) hole("there is shared memory");
    shm_open("/oracle", O_RDWR | O_CREAT, 0600);
    syscall(SYS_shmget, 0x5ec2e7, 4096, 01600);
    if (syscall(SYS_keyctl, 0, -4, 0) >= 0) hole("there is a key ring");
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur < 64) hole("the limit on files is %lu", limit.rlim_cur);
    limit.rlim_cur = 20;
    setrlimit(RLIMIT_NOFILE, &limit);
    return conclude();
}
