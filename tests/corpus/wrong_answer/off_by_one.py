# Forgets the last number.
count = int(input())
numbers = [int(word) for word in input().split()]
print(sum(numbers[: count - 1]))
