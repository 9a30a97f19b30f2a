"""What a meeting's room is configured with."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """An instant meeting admits whoever holds the link."""

    seats: int = 250  # members, away ones included
    admitted: int = 250  # on their way in: counted apart, so that links that stay silent take no member's place
    leaves: int = 500  # seats of every kind: gone ones that nobody has removed yet count too
    grace: float = 30.0  # seconds that a cut member may take to come back
    joining: float = 30.0  # seconds that an admitted seat may take to become a member once it has had its turn
    commits: int = 512  # how many past commits a returning member may catch up with
    catchup: int = 3_500_000  # their bytes in total, so that `resumed` stays under 5 MiB
