"""The two clocks of the shell: one that never jumps for deadlines, one that names the day for what is stored."""

from collections.abc import Callable
from time import monotonic, time

Clock = Callable[[], float]
"""Seconds. Everything that waits or remembers gets its clock as an argument, so that a test can turn it."""

steady: Clock = monotonic
calendar: Clock = time
