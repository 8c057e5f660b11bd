"""What Python programs do."""

import asyncio
import ctypes
import datetime
import locale
import multiprocessing
import multiprocessing.shared_memory
import os
import random
import secrets
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def square(number):
    return number * number


def work(queue, lock, value):
    with lock:
        value.value += 1
    queue.put(os.getpid())


def processes():
    with multiprocessing.Pool(2) as pool:
        assert pool.map(square, range(5)) == [0, 1, 4, 9, 16]
    with ProcessPoolExecutor(2) as executor:
        assert list(executor.map(square, [3])) == [9]
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        queue, lock, value = context.Queue(), context.Lock(), context.Value("i", 0)
        child = context.Process(target=work, args=(queue, lock, value))
        child.start()
        assert queue.get() == child.pid
        child.join()
        assert (child.exitcode, value.value) == (0, 1)
    shared = multiprocessing.shared_memory.SharedMemory(create=True, size=100)
    shared.buf[0] = 1
    shared.close()
    shared.unlink()
    done = subprocess.run([sys.executable, "-c", "print(input())"], input="x\n", capture_output=True, text=True, check=True)
    assert done.stdout == "x\n"
    assert subprocess.check_output("echo $HOME | tr a-z A-Z", shell=True) == b"/BOX\n"


def threads():
    with ThreadPoolExecutor(8) as executor:
        assert sum(executor.map(square, range(10))) == 285
    event = threading.Event()
    threading.Timer(0.01, event.set).start()
    assert event.wait(30)


async def talk():
    async def answer(reader, writer):
        writer.write((await reader.readline()).upper())
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(b"word\n")
        assert await reader.readline() == b"WORD\n"
        writer.close()
        await writer.wait_closed()
    child = await asyncio.create_subprocess_exec("echo", "child", stdout=asyncio.subprocess.PIPE)
    assert (await child.communicate())[0] == b"child\n"
    assert await asyncio.to_thread(square, 4) == 16
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for _ in range(20):
            group.create_task(asyncio.sleep(0.001))


def databases():
    for place in (":memory:", "/box/data.db", "/tmp/data.db"):
        with sqlite3.connect(place) as database:
            if place != ":memory:":
                assert database.execute("pragma journal_mode = wal").fetchone() == ("wal",)
            database.execute("create table t (n integer)")
            database.executemany("insert into t values (?)", [(n,) for n in range(100)])
        assert database.execute("select sum(n) from t").fetchone() == (4950,)
        database.close()


def files():
    with tempfile.TemporaryDirectory() as directory, tempfile.NamedTemporaryFile(dir=directory) as file:
        file.write(b"text")
        file.flush()
        os.fsync(file.fileno())
        assert os.path.getsize(file.name) == 4
    with tempfile.SpooledTemporaryFile(max_size=1) as file:
        file.write(b"more than one")
    assert sys.stdin.encoding == sys.stdout.encoding == "utf-8"
    locale.setlocale(locale.LC_ALL, "")
    assert time.tzname[0] == "UTC"
    assert datetime.datetime.fromtimestamp(0).hour == 0
    assert len(secrets.token_bytes(8)) == len(random.SystemRandom().randbytes(8)) == len(os.urandom(8))
    assert os.cpu_count() >= 1
    assert len(os.sched_getaffinity(0)) >= 1
    assert ctypes.CDLL(None).getpid() == os.getpid()


def signals():
    hit = []
    signal.signal(signal.SIGALRM, lambda number, _frame: hit.append(number))
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    signal.pause()
    assert hit == [signal.SIGALRM]
    left, right = socket.socketpair()
    with select.epoll() as poll, left, right:
        poll.register(left, select.EPOLLIN)
        right.send(b"x")
        assert poll.poll(10)


if __name__ == "__main__":
    with open("/dev/stdin", encoding="utf-8") as stdin:
        assert stdin.readline() == "input\n"
    threads()
    processes()
    asyncio.run(talk())
    databases()
    files()
    signals()
    with open("/dev/stdout", "w", encoding="utf-8") as stdout:
        stdout.write("contained\n")
