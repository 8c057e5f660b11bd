"""Shows its environment; the test reads it."""

import os
import sys

for name, value in os.environ.items():
    print(f"{name}={value}", file=sys.stderr)
print("contained")
