# A constant that would be worked out while compiling, if anybody did.
print("contained")
if not print:
    x = ((((2 ** 100000) ** 100000) ** 1000) << (1 << 40)) * ("x" * (1 << 40), "y" * (1 << 30))
