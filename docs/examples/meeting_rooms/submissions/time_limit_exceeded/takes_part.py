# Waits until the first meeting is over: no work at all, but no end either.
import time

count = int(input())
begin, end = map(int, input().split())
time.sleep(60 + end - begin)
print(1)
