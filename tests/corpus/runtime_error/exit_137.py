# Claims by its exit code that it was killed; nobody did.
import os

print("before", flush=True)
os._exit(137)
