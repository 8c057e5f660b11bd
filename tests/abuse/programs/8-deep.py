# Directories in directories, 20 000 deep at the most; whoever clears away must not walk them.
import os

depth = 0
try:
    while depth < 20_000:
        os.mkdir("d")
        os.chdir("d")
        depth += 1
except OSError:
    pass
print("contained" if depth <= 4096 else depth)
