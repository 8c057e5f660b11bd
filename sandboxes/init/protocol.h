/* What the engine and init say to each other. sandboxes/init/protocol.py is the other side of this file.
 *
 * Request, in a sealed memory file: struct request_head, the seccomp filter's instructions, then
 *   files  x { string path, u64 size, bytes }     written into /box
 *   links  x { string path }                      /box/<path> -> /app/src/<path>
 *   strings                                       the environment
 *   steps  x strings                              argument vectors
 * where string = u32 length with the final NUL, bytes; strings = u32 count, string...
 *
 * Records, on the socket: HELLO (with a descriptor of /box) and then STATUS or FAILURE from init; one byte from the
 * engine in between releases it.
 */
#ifndef SYNCODE_PROTOCOL_H
#define SYNCODE_PROTOCOL_H
#include <stdint.h>

#define REQUEST_MAGIC 0x314e5953U /* "SYN1" */
#define PROTOCOL_VERSION 1U
#define MOST_STRINGS 1024U
#define ARTEFACT "/app/"
#define ARTEFACT_SOURCES ARTEFACT "src/"

struct request_head {
    uint32_t magic, version;
    uint32_t uid, gid;
    uint64_t stack_bytes, file_size_bytes, open_files;
    uint32_t filter_length, files, links, steps;
};

enum record_kind { RECORD_HELLO = 1, RECORD_STATUS = 2, RECORD_FAILURE = 3 };

enum place {
    PLACE_START = 1,
    PLACE_REQUEST,
    PLACE_FILES,
    PLACE_HELLO,
    PLACE_FORK,
    PLACE_LIMITS,
    PLACE_PRIVILEGES,
    PLACE_SECCOMP,
    PLACE_EXEC,
    PLACE_WAIT,
};

struct hello_record {
    uint32_t kind, version;
};

struct status_record {
    uint32_t kind, step, exit_code, signal;
    uint64_t started_ns, ended_ns, user_us, system_us;
};

struct failure_record {
    uint32_t kind, place, error;
};

#endif
