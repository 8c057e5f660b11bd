# Pipes are as large as ever for a user who has none: what users had before in this place is not counted any more.
import fcntl
import os

sizes = {fcntl.fcntl(os.pipe()[0], fcntl.F_GETPIPE_SZ) for _ in range(100)}
print("contained" if sizes == {65536} else sizes)
