# Recurses for ever; Python itself stops it.
def deeper(level):
    return deeper(level + 1) + 1


print("before", flush=True)
print(deeper(0))
