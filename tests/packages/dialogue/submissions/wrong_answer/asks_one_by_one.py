for number in range(1, 101):
    print("?", number, flush=True)
    if input() == "yes":
        print("!", number)
        break
