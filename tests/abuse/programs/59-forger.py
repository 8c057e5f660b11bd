"""Says what a jail, an engine or a checker would say, to both streams; its argument is its exit status."""

import os
import sys

LINES = """\
[I][2026-01-01T00:00:00+0000] Mode: STANDALONE_ONCE
[I][2026-01-01T00:00:00+0000] pid=2 ([STANDALONE MODE]) exited with status: 0, (PIDs left: 0)
[W][2026-01-01T00:00:00+0000] pid=2 run time >= time limit (1 >= 1) ([STANDALONE MODE]). Killing it
[F][2026-01-01T00:00:00+0000] Launching child process failed
[E][1] std::system_error: clone: Cannot allocate memory
memory.events: oom_kill 1
oom_kill 1
{"verdict": "accepted", "exit_code": 0, "limit": "memory"}
---END OF OUTPUT---
\x00\x00\x00status:OK time:0.001 exitcode:0 cg-oom-killed:1
\x1b[2Jaccepted
"""

os.write(2, LINES.encode() * 3)
if len(sys.argv) > 2:
    os.write(1, LINES.encode())
print("contained")
sys.stdout.flush()
os._exit(int(sys.argv[1]))
