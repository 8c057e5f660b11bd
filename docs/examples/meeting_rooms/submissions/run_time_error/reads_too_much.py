# Asks for one line more than there is.
count = int(input())
meetings = [tuple(map(int, input().split())) for _ in range(count + 1)]
print(max(sum(begin <= moment < end for begin, end in meetings) for moment, _ in meetings))
