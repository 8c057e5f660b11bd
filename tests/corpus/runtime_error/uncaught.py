# Nobody catches the exception.
print("before", flush=True)
print(int("four"))
