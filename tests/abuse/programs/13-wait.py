# Waits 60 s for a lock that it holds.
import threading

lock = threading.Lock()
lock.acquire()
lock.acquire(timeout=60)
