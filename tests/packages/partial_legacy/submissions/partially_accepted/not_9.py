number = input()
print(number if number != "9" else "no")
