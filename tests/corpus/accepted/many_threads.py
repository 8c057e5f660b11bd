# Forty threads alive at once add up the numbers 1 to 40.
import threading

total = 0
lock = threading.Lock()
everybody = threading.Barrier(40)


def add(number):
    global total
    everybody.wait()
    with lock:
        total += number


threads = [threading.Thread(target=add, args=(number,)) for number in range(1, 41)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(total)
