for number in range(100):
    input()
    print(number + 1, flush=True)
raise SystemExit(5)
