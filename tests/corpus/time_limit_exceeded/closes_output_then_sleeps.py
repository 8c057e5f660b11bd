# The end of its output is not the end of the program.
import os
import time

print("before", flush=True)
os.close(1)
os.close(2)
time.sleep(20)
