# Copies far more than a pipe holds from standard input to standard output.
import shutil
import sys

shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)
