/* Fuzzes what init reads (request.h) with libFuzzer: `make fuzz`. Files land in a directory of the fuzzer's own; a
 * refusal unwinds to the entry instead of ending the process. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static jmp_buf refused;

static _Noreturn void fail(uint32_t place) { longjmp(refused, (int)place); }

#include "request.h"

static char directory[] = "/tmp/fuzz-init-XXXXXX";
static int box = -1;

static void empty_box(void) {
    char command[sizeof directory + 32];
    snprintf(command, sizeof command, "find %s -mindepth 1 -delete", directory);
    if (system(command) != 0) abort();
}

static void remove_box(void) {
    empty_box();
    if (rmdir(directory) < 0) abort();
}

static void open_box(void) {
    if (!mkdtemp(directory)) abort();
    box = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (box < 0 || atexit(remove_box) != 0) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char *environment[MOST_STRINGS + 1], *step[MOST_STRINGS + 1];
    static unsigned long runs;
    if (box < 0) open_box();
    unsigned char *copy = malloc(size + 1); /* of the exact size, so that reading beyond it is seen */
    if (!copy) abort();
    memcpy(copy, data, size);
    copy = realloc(copy, size ? size : 1);
    struct reader reader = {.at = copy, .end = copy + size};
    if (setjmp(refused) == 0) {
        const struct sock_filter *filter;
        struct request_head head = *take_head(&reader, &filter);
        head.uid = getuid(); /* an ordinary user cannot give files away */
        head.gid = getgid();
        write_files(box, &reader, &head);
        make_links(box, &reader, &head);
        take_strings(&reader, environment, MOST_STRINGS);
        for (uint32_t i = 0; i < head.steps; i++) take_step(&reader, step);
    }
    free(copy);
    if (++runs % 256 == 0) empty_box();
    return 0;
}
