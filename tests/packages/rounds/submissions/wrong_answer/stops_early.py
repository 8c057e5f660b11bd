for number in range(10):
    input()
    print(number + 1, flush=True)
