/* Memory bomb: touches fresh memory until the limit, at most 4 GiB. Ten seconds at most. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int main(void) {
    alarm(10);
    for (int i = 0; i < 512; i++) {
        char *block = malloc(8 << 20);
        if (!block) return 1;
        memset(block, i, 8 << 20);
    }
    return 0;
}
