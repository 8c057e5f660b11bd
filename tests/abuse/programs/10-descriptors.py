# Holds descriptors in 100 processes, 1000 in each at the most. Together they may be many; the host must not mind.
import os
import time

for _ in range(100):
    if os.fork() == 0:
        count = 0
        try:
            while count < 1000:
                os.open("/dev/null", os.O_RDONLY)
                count += 1
        except OSError:
            pass
        time.sleep(0.5)
        os._exit(count > 256)
codes = {os.waitstatus_to_exitcode(os.wait()[1]) for _ in range(100)}
print("contained" if codes == {0} else codes)
