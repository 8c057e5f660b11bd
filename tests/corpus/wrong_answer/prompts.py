# Right, were it not for the prompt: everything on standard output is the answer.
input("How many numbers? ")
print(sum(int(word) for word in input("Which? ").split()))
