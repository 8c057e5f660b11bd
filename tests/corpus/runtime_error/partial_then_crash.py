# Half of the answer, then a crash: what was written is kept.
import ctypes

for number in range(1, 4):
    print(number, flush=True)
ctypes.string_at(0)
