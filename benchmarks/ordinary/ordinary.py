# An ordinary answer to an ordinary problem: reads, sorts, counts, prints. About 70 ms of CPU time.
seed = int(input())
counts: dict[int, int] = {}
numbers = []
for _ in range(60_000):
    seed = (seed * 1664525 + 1013904223) % 2**32
    numbers.append(seed)
    counts[seed % 1000] = counts.get(seed % 1000, 0) + 1
numbers.sort()
print(sum(numbers[::1000]), max(counts.values()))
