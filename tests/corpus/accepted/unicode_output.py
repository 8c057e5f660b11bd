# The answer is not ASCII; it must arrive as UTF-8.
print("naïve Größe — 日本語 🎈")
