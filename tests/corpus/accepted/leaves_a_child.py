# The main process ends at once; a child that holds standard output open sleeps on and must not delay the verdict.
import os
import time

if os.fork() == 0:
    time.sleep(20)
    print("too late", flush=True)
else:
    print("100", flush=True)
