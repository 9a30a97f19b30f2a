"""How the C library gives memory back."""

import ctypes

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENAS = -1, -3, -8  # malloc.h


def give_back() -> None:
    """Let glibc return the memory of large messages to the system; other C libraries go on as they are.

    By itself glibc learns from the first large message that is freed to keep the next ones: with forty joiners that
    was a quarter of the server's memory per participant.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, 32_768)
        mallopt(_TRIM_THRESHOLD, 131_072)
        mallopt(_ARENAS, 2)
