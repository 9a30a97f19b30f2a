"""A bad line in user space: two network name spaces joined by TUN devices, with loss, delay, a rate and a queue.

Needs root. Nothing leads out of either name space. Started as a process, ``python -m stability.line LOSS RTT RATE
QUEUE`` (percent each way, ms, kbit/s towards the client or 0, ms); it prints ``ready`` and lives until its input ends.
"""

import contextlib
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import subprocess
import sys
import time

SERVER, CLIENT = "aparteS", "aparteC"
SERVER_ADDRESS, CLIENT_ADDRESS = "10.98.0.1", "10.98.0.2"
_TUNSETIFF, _IFF_TUN, _IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
_SEED = 11


def ip(*words: str, check: bool = True) -> None:
    subprocess.run(["ip", *words], check=check, stderr=None if check else subprocess.DEVNULL)


def side(space: str, address: str, peer: str) -> int:
    """Make a name space with a TUN device in it; returns the device."""
    ip("netns", "delete", space, check=False)
    ip("netns", "add", space)
    ip("-n", space, "link", "set", "lo", "up")
    # Only the thread that opens the device needs to be inside, and only while it does.
    with open(f"/run/netns/{space}", "rb") as inside, open("/proc/self/ns/net", "rb") as outside:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(inside.fileno(), 0):
            raise OSError(ctypes.get_errno(), "setns")
        try:
            device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", b"line", _IFF_TUN | _IFF_NO_PI))
        finally:
            libc.setns(outside.fileno(), 0)
    ip("-n", space, "address", "add", address, "peer", peer, "dev", "line")
    ip("-n", space, "link", "set", "line", "up", "mtu", "1500")
    return device


def carry(loss: float, delay: float, rate: float, queue: float) -> None:
    """Carry packets both ways until standard input ends; ``rate`` in bytes a second, the times in seconds."""
    ends = [side(SERVER, SERVER_ADDRESS, CLIENT_ADDRESS), side(CLIENT, CLIENT_ADDRESS, SERVER_ADDRESS)]
    print("ready", flush=True)
    chance = random.Random(_SEED)
    flying: list[tuple[float, int, int, bytes]] = []
    number = 0
    free_at = 0.0
    while True:
        now = time.monotonic()
        while flying and flying[0][0] <= now:
            _, _, end, packet = heapq.heappop(flying)
            with contextlib.suppress(OSError):  # the far side's own queue is full: a loss like any other
                os.write(end, packet)
        wait = min(0.05, max(0.0, flying[0][0] - now)) if flying else 0.05
        readable, _, _ = select.select([*ends, sys.stdin], [], [], wait)
        if sys.stdin in readable:
            return
        for device in (end for end in ends if end in readable):
            towards_client = device == ends[0]
            with contextlib.suppress(BlockingIOError):
                while True:
                    packet = os.read(device, 65536)
                    now = time.monotonic()
                    if chance.random() < loss:
                        continue
                    leaves = now
                    if towards_client and rate:
                        if free_at - now > queue:
                            continue
                        free_at = leaves = max(free_at, now) + len(packet) / rate
                    number += 1
                    heapq.heappush(flying, (leaves + delay, number, ends[1] if towards_client else ends[0], packet))


def main() -> None:
    loss, rtt, rate, queue = (float(word) for word in sys.argv[1:5])
    try:
        carry(loss / 100, rtt / 2000, rate * 125, queue / 1000)
    finally:
        for space in (SERVER, CLIENT):
            ip("netns", "delete", space, check=False)


if __name__ == "__main__":
    main()
