"""Randomness that a test can repeat."""

import random

from aparte.e2ee.mls.hpke import Random


def seeded(seed: int) -> Random:
    """Give octets from a seed."""
    return random.Random(seed).randbytes
