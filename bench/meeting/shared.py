"""What participants of one process do not work out for themselves (``aparte.client.crowd``)."""

from typing import Final, Literal, get_args

Sharing = Literal["nothing", "checks", "secrets"]
SHARING: Final[tuple[Sharing, ...]] = get_args(Sharing)
