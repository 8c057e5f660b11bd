# Sleeps: no processor time at all, only the clock can end it.
import time

print("before", flush=True)
time.sleep(20)
print("after")
