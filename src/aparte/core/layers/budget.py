"""What is dropped first, and how long a frame may wait (spec/layers.md section 3)."""

from typing import Final

DEADLINES: Final = (0.450, 0.220, 0.150)
"""Seconds that a camera frame of temporal layer 0, 1, 2 may wait for its receiver."""

SOUND_DEADLINE: Final = 0.150
"""Seconds that a sound frame may wait."""

DROP_ORDER: Final = (2, 1)
"""Temporal layers that go before whole renditions do, in this order."""
