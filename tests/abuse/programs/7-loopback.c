/* Keeps what it has in sockets of its own loopback, as its argument says as streams or as datagrams: 48 MiB at the most,
   which is more than it may have. */
#include "probe.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

enum { PAIRS = 100, PIECE = 60000, LIMIT = 32 << 20, MOST = 48 << 20 };

static char piece[PIECE];
static const int size = 4 << 20;

static struct sockaddr_in bound(int any) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof place;
    bind(any, (struct sockaddr *)&place, sizeof place);
    getsockname(any, (struct sockaddr *)&place, &length);
    return place;
}

/* what nobody has read is held by one end or the other */
static long streams(void) {
    long held = 0;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in place = bound(listener);
    listen(listener, PAIRS);
    for (int i = 0; i < PAIRS && held < MOST; i++) {
        int caller = socket(AF_INET, SOCK_STREAM, 0);
        setsockopt(caller, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        if (connect(caller, (struct sockaddr *)&place, sizeof place) < 0) break;
        accept(listener, NULL, NULL);
        fcntl(caller, F_SETFL, O_NONBLOCK);
        for (ssize_t sent; held < MOST && (sent = write(caller, piece, sizeof piece)) > 0;) held += sent;
    }
    return held;
}

/* what did not fit was dropped unseen, so it is all read in the end */
static long datagrams(void) {
    long sent = 0, held = 0;
    int callers[PAIRS], readers[PAIRS], count = 0;
    for (; count < PAIRS && sent < MOST; count++) {
        callers[count] = socket(AF_INET, SOCK_DGRAM, 0);
        readers[count] = socket(AF_INET, SOCK_DGRAM, 0);
        setsockopt(callers[count], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        setsockopt(readers[count], SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        struct sockaddr_in place = bound(readers[count]);
        for (int i = 0; i < 60 && sent < MOST; i++)
            if (sendto(callers[count], piece, sizeof piece, MSG_DONTWAIT, (struct sockaddr *)&place, sizeof place) > 0)
                sent += sizeof piece;
    }
    for (int i = 0; i < count; i++)
        for (ssize_t got; (got = recv(readers[i], piece, sizeof piece, MSG_DONTWAIT)) > 0;) held += got;
    return held;
}

int main(int argc, char **argv) {
    if (argc < 2) return 64;
    long held = strcmp(argv[1], "streams") == 0 ? streams() : datagrams();
    if (held == 0) hole("nothing can be held");
    if (held > LIMIT) hole("%ld MiB are held", held >> 20);
    return conclude();
}
