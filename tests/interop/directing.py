"""What the people of a walk want of its policy."""

import random
from collections.abc import Callable, Sequence

from aparte.core.policy import acts
from aparte.core.policy.charter import Door
from aparte.core.policy.check import check_change
from aparte.core.policy.errors import PolicyError
from aparte.core.policy.policy import Policy
from aparte.core.policy.rights import ALL, Rights

TRIES = 20
DOORS = (Door.OPEN, Door.OPEN, Door.GUESTS_KNOCK, Door.ALL_KNOCK, Door.LOCKED)


def draw_act(rng: random.Random, policy: Policy, actor: bytes | None, subjects: Sequence[bytes]) -> Policy:
    """Draw what somebody may make of a policy, or (without an actor) what anybody might want; as it is, if nothing."""
    for _ in range(TRIES):
        try:
            after = _act(rng, subjects)(policy)
            if actor is not None:
                check_change(policy, after, actor)
        except PolicyError:
            continue
        if after != policy:
            return after
    return policy


def _act(rng: random.Random, subjects: Sequence[bytes]) -> Callable[[Policy], Policy]:
    subject, rights = rng.choice(subjects), Rights(rng.getrandbits(16) & ALL)
    door, kind = rng.choice(DOORS), rng.randrange(12)
    every: list[Callable[[Policy], Policy]] = [
        lambda policy: acts.give(policy, subject, rights),
        lambda policy: acts.take(policy, subject, rights),
        lambda policy: acts.give_all(policy, rights),
        lambda policy: acts.take_all(policy, rights),
        lambda policy: acts.bar(policy, subject),
        lambda policy: acts.unbar(policy, subject),
        lambda policy: acts.unbar(policy, subject),
        lambda policy: acts.organise(policy, subject),
        lambda policy: acts.dismiss(policy, subject),
        lambda policy: acts.set_door(policy, door),
        lambda policy: acts.freeze(policy, True),
        lambda policy: acts.freeze(policy, False),
    ]
    return every[kind]
