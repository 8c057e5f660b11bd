number = input()
print(number if number != "11" else "no")
