import sys
import threading

speaking = threading.Thread(target=sys.stdout.buffer.write, args=(b"y" * 1_500_000,))
speaking.start()
heard = len(sys.stdin.buffer.read())
speaking.join()
sys.exit(heard != 1_500_000)
