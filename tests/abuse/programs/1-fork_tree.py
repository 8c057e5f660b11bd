# Children and grandchildren, 1000 at the most, that live 10 s at the most. The first process does not handle a refusal.
import os
import time

for _ in range(500):
    if os.fork() == 0:
        try:
            os.fork()
        except OSError:
            pass
        time.sleep(10)
        os._exit(0)
print("all were born")
