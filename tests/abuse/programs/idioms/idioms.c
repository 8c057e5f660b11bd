/* What C programs do: every part ends the program with its own number when something is missing. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NEED(what)                                                                  \
    do {                                                                            \
        if (!(what)) {                                                              \
            fprintf(stderr, "line %d: %s: %s\n", __LINE__, #what, strerror(errno)); \
            exit(1);                                                                \
        }                                                                           \
    } while (0)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static int counted;
static volatile sig_atomic_t rung;

static void ring(int number) { rung = number; }

static void *count(void *argument) {
    pthread_barrier_wait(&barrier);
    pthread_mutex_lock(&mutex);
    counted += *(int *)argument;
    pthread_cond_signal(&condition);
    pthread_mutex_unlock(&mutex);
    return argument;
}

static void threads(void) {
    enum { MANY = 8 };
    pthread_t made[MANY];
    int one = 1;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    NEED(pthread_attr_setstacksize(&attributes, 1 << 20) == 0);
    NEED(pthread_barrier_init(&barrier, NULL, MANY) == 0);
    for (int i = 0; i < MANY; i++) NEED(pthread_create(&made[i], &attributes, count, &one) == 0);
    pthread_mutex_lock(&mutex);
    while (counted < MANY) pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    for (int i = 0; i < MANY; i++) NEED(pthread_join(made[i], NULL) == 0);
}

static void processes(void) {
    int ends[2], status;
    char text[16] = "";
    NEED(pipe(ends) == 0);
    int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    NEED(shared != MAP_FAILED);
    pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        *shared = 42;
        _exit(write(ends[1], "hello", 5) == 5 ? 7 : 1);
    }
    NEED(read(ends[0], text, sizeof text) == 5 && !strcmp(text, "hello"));
    NEED(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7 && *shared == 42);
    child = vfork();
    if (child == 0) _exit(execlp("true", "true", NULL));
    NEED(waitpid(child, &status, 0) == child && status == 0);
    FILE *listed = popen("echo $((6 * 7))", "r");
    NEED(listed && fgets(text, sizeof text, listed) && !strcmp(text, "42\n") && pclose(listed) == 0);
    NEED(system("exit 3") == 3 << 8);
    NEED(setpgid(0, 0) == 0 || errno == EPERM);
}

static void memory(void) {
    char *page = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(page != MAP_FAILED && (page = mremap(page, 1 << 20, 2 << 20, MREMAP_MAYMOVE)) != MAP_FAILED);
    NEED(mprotect(page, 4096, PROT_NONE) == 0 && madvise(page + 4096, 4096, MADV_DONTNEED) == 0);
    NEED(munmap(page, 2 << 20) == 0);
    char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    NEED(code != MAP_FAILED && mprotect(code, 4096, PROT_READ | PROT_EXEC) == 0);
    int file = memfd_create("scratch", MFD_CLOEXEC);
    NEED(file >= 0 && ftruncate(file, 4096) == 0);
    int object = shm_open("/object", O_CREAT | O_EXCL | O_RDWR, 0600);
    NEED(object >= 0 && ftruncate(object, 4096) == 0 && shm_unlink("/object") == 0);
    sem_t *semaphore = sem_open("/semaphore", O_CREAT | O_EXCL, 0600, 1);
    NEED(semaphore != SEM_FAILED && sem_wait(semaphore) == 0 && sem_post(semaphore) == 0 && sem_unlink("/semaphore") == 0);
    struct rlimit stack;
    NEED(getrlimit(RLIMIT_STACK, &stack) == 0 && setrlimit(RLIMIT_STACK, &stack) == 0);
}

static void clocks(void) {
    struct sigaction action = {.sa_handler = ring};
    NEED(sigaction(SIGALRM, &action, NULL) == 0 && sigaction(SIGUSR1, &action, NULL) == 0);
    alarm(1);
    alarm(0);
    NEED(raise(SIGUSR1) == 0 && rung == SIGUSR1);
    timer_t timer;
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    struct itimerspec soon = {.it_value.tv_nsec = 1000000};
    NEED(timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 && timer_settime(timer, 0, &soon, NULL) == 0);
    while (rung != SIGALRM) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    NEED(timer_delete(timer) == 0);
    rung = 0;
    struct itimerval often = {.it_value.tv_usec = 1000};
    NEED(setitimer(ITIMER_REAL, &often, NULL) == 0);
    while (rung != SIGALRM) usleep(1000);
    struct timespec now;
    NEED(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now) == 0 && clock_getres(CLOCK_REALTIME, &now) == 0);
    time_t long_ago = 86400;
    char text[64];
    NEED(strftime(text, sizeof text, "%Z %H:%M", localtime(&long_ago)) && !strcmp(text, "UTC 00:00"));
}

static void events(void) {
    uint64_t number = 1;
    int counter = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), watched = epoll_create1(0);
    struct itimerspec soon = {.it_value.tv_nsec = 1};
    struct epoll_event event = {.events = EPOLLIN};
    NEED(counter >= 0 && timer >= 0 && watched >= 0 && write(counter, &number, 8) == 8);
    NEED(epoll_ctl(watched, EPOLL_CTL_ADD, counter, &event) == 0 && epoll_wait(watched, &event, 1, 1000) == 1);
    NEED(timerfd_settime(timer, 0, &soon, NULL) == 0 && read(timer, &number, 8) == 8);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    NEED(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    int signals = signalfd(-1, &set, 0);
    struct signalfd_siginfo info;
    NEED(signals >= 0 && kill(getpid(), SIGUSR2) == 0 && read(signals, &info, sizeof info) == sizeof info);
    struct pollfd polled = {.fd = counter, .events = POLLIN};
    fd_set chosen;
    FD_ZERO(&chosen);
    FD_SET(counter, &chosen);
    NEED(poll(&polled, 1, 0) == 1 && select(counter + 1, &chosen, NULL, NULL, NULL) == 1);
}

static void sockets(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int one = 1, pair[2];
    char text[8];
    int listener = socket(AF_INET, SOCK_STREAM, 0), caller = socket(AF_INET, SOCK_STREAM, 0);
    NEED(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0);
    NEED(bind(listener, (struct sockaddr *)&address, size) == 0 && listen(listener, 4) == 0);
    NEED(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
    NEED(connect(caller, (struct sockaddr *)&address, size) == 0);
    int called = accept(listener, NULL, NULL);
    NEED(called >= 0 && send(caller, "over", 4, 0) == 4 && recv(called, text, sizeof text, 0) == 4);
    NEED(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0 && write(pair[0], "x", 1) == 1 && read(pair[1], text, 8) == 1);
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/tmp/socket"};
    int local = socket(AF_UNIX, SOCK_STREAM, 0);
    NEED(bind(local, (struct sockaddr *)&path, sizeof path) == 0 && listen(local, 1) == 0 && unlink("/tmp/socket") == 0);
}

static void files(void) {
    char name[] = "/tmp/file-XXXXXX", random[16], text[32];
    int file = mkstemp(name);
    NEED(file >= 0 && write(file, "text", 4) == 4 && fsync(file) == 0 && lseek(file, 0, SEEK_SET) == 0);
    NEED(read(file, text, sizeof text) == 4 && close(file) == 0 && rename(name, "/tmp/file") == 0 && unlink("/tmp/file") == 0);
    FILE *scratch = tmpfile();
    NEED(scratch && fputs("x", scratch) >= 0 && fclose(scratch) == 0);
    char directory[] = "directory-XXXXXX";
    NEED(mkdtemp(directory) && chdir(directory) == 0 && chdir("..") == 0 && rmdir(directory) == 0);
    NEED(getrandom(random, sizeof random, 0) == sizeof random && getentropy(random, sizeof random) == 0);
    FILE *device = fopen("/dev/urandom", "r");
    NEED(device && fread(random, 1, sizeof random, device) == sizeof random && fclose(device) == 0);
    NEED((device = fopen("/dev/null", "w")) && fputs("gone", device) >= 0 && fclose(device) == 0);
    NEED(setlocale(LC_ALL, "") && !strcmp(setlocale(LC_ALL, NULL), "C.UTF-8"));
    NEED(sysconf(_SC_NPROCESSORS_ONLN) >= 1 && getcwd(text, sizeof text) && !strcmp(text, "/box"));
}

int main(void) {
    char line[64];
    FILE *input = fopen("/dev/stdin", "r");
    NEED(input && fgets(line, sizeof line, input) && !strcmp(line, "input\n"));
    threads();
    processes();
    memory();
    clocks();
    events();
    sockets();
    files();
    FILE *errors = fopen("/dev/stderr", "w"), *output = fopen("/dev/stdout", "w");
    NEED(errors && output && fputs("contained\n", output) >= 0 && fclose(output) == 0);
}
