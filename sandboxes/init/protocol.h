/* What the engine and init say to each other. sandboxes/init/protocol.py is the other side of this file.
 *
 * Init is process 1 of a jail twice over. Started by nsjail it is the jail's agent: it says HELLO on its socket and then
 * makes a case for every ORDER it is sent. A case is a child in namespaces of its own and process 1 there; it has a
 * socket of its own (the order's first descriptor), says HELLO on it with a descriptor of its /box, and waits while the
 * engine moves it into a cgroup. Then come at most one REQUEST to preload, which it answers with READY when the process
 * says so, and one REQUEST to run, each with the request in a sealed memory file, and with the mount to show at /app
 * where there is one. It answers the latter with STATUS, or either with FAILURE, and leaves. Whichever socket hangs up
 * ends what hangs on it.
 *
 * A preloaded process has a stream socket as descriptor 3. It writes one byte there when it is ready and then reads to
 * the end the arguments of the step that it becomes, each with its final NUL.
 *
 * In a container of Docker there is no agent (container.h). Its process 1 says HELLO and is told to END all else there,
 * which it answers with READY; a case fetches its own ORDER, and finds its scratch and /app where the container has them.
 *
 * Request, in the memory file: struct request_head, the seccomp filter's instructions, then
 *   files  x { string path, u64 size, bytes }     written into /box
 *   links  x { string path }                      /box/<path> -> /app/src/<path>
 *   strings                                       the environment
 *   steps  x strings                              argument vectors
 * where string = u32 length with the final NUL, bytes; strings = u32 count, string...
 */
#ifndef SYNCODE_PROTOCOL_H
#define SYNCODE_PROTOCOL_H
#include <stdint.h>

#define REQUEST_MAGIC 0x324e5953U /* "SYN2" */
#define PROTOCOL_VERSION 2U
#define MOST_STRINGS 1024U
#define ARTEFACT "/app/"
#define ARTEFACT_SOURCES ARTEFACT "src/"

/* To the agent, with four descriptors: the case's socket, and its standard input, output and error. */
struct case_order {
    uint32_t version, uid, gid, scratch_inodes;
    uint64_t scratch_bytes;
};

/* To a case, with the request and, where there is one, the mount for /app; END to a container's process 1. */
enum request_kind { REQUEST_RUN = 1, REQUEST_PRELOAD = 2, REQUEST_END = 3 };

struct request_message {
    uint32_t kind;
};

/* `preloaded`: the last step is handed to the process that was started ahead, which becomes it. `processes` and
 * `cpu_seconds` are limits of the process for want of control groups; 0: there is none. */
struct request_head {
    uint32_t magic, version;
    uint32_t uid, gid;
    uint64_t stack_bytes, file_size_bytes, open_files;
    uint32_t filter_length, files, links, steps, preloaded, processes, cpu_seconds, reserved;
};

enum record_kind { RECORD_HELLO = 1, RECORD_STATUS = 2, RECORD_FAILURE = 3, RECORD_READY = 4 };

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
    PLACE_MOUNTS,
    PLACE_PRELOAD,
};

struct hello_record {
    uint32_t kind, version;
};

struct ready_record {
    uint32_t kind;
};

struct status_record {
    uint32_t kind, step, exit_code, signal;
    uint64_t started_ns, ended_ns, user_us, system_us;
};

struct failure_record {
    uint32_t kind, place, error;
};

#endif
