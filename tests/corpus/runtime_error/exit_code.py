# Ends with an exit code of its own, after a line of output.
import sys

print("before", flush=True)
sys.exit(7)
