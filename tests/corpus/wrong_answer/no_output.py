# Ends well and says nothing: exit code 0 alone is never a right answer.
total = sum(int(word) for word in input().split())
