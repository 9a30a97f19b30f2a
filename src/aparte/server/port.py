"""The one listening socket."""

import contextlib
import resource
import socket

BACKLOG = 1024


def listen(host: str, port: int) -> socket.socket:
    """Bind and listen on the first address that ``host`` means. Raises ``OSError``.

    Accepted sockets inherit what is set here: BBR where the kernel has it, which keeps queues out of the network and
    survives loss (CUBIC lets them fill), and no waiting for more bytes to send.
    """
    family, kind, protocol, _, address = socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError):
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"bbr")
        listening.bind(address)
        listening.listen(BACKLOG)
        listening.setblocking(False)
    except BaseException:
        listening.close()
        raise
    return listening


def congestion_control(listening: socket.socket) -> str:
    """Its name, such as ``bbr`` or ``cubic``."""
    name = listening.getsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, 16)
    return name.split(b"\0")[0].decode()


def raise_file_limit(wanted: int) -> int:
    """Allow this process ``wanted`` open files if the system lets it; returns how many it may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if most > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        return most
    return soft
