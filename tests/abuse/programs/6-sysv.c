/* Memory, queues and semaphores that outlive the process: 1 GiB and 1000 of each at the most. */
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(void) {
    int made = 0;
    for (int i = 0; i < 128; i++) {
        int id = shmget(IPC_PRIVATE, 8 << 20, IPC_CREAT | 0600);
        if (id < 0) break;
        char *got = shmat(id, NULL, 0);
        if (got != (char *)-1) memset(got, 1, 8 << 20);
        made++;
    }
    for (int i = 0; i < 1000 && semget(IPC_PRIVATE, 100, IPC_CREAT | 0600) >= 0; i++) made++;
    for (int i = 0; i < 1000 && msgget(IPC_PRIVATE, IPC_CREAT | 0600) >= 0; i++) made++;
    if (made) printf("%d made\n", made);
    else puts("contained");
}
