# Reads a count and that many integers, prints their sum.
count = int(input())
numbers = [int(word) for word in input().split()]
assert len(numbers) == count
print(sum(numbers))
