# Keeps a table with an entry for every second there is.
count = int(input())
calendar = bytearray(b"\1") * 1_000_000_001
for _ in range(count):
    begin, end = map(int, input().split())
    for second in range(begin, end):
        calendar[second] += 1
print(max(calendar) - 1)
