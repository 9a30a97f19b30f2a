"""What a group costs: joining, removing and following, by number of members. Prints one JSON object.

    .venv/bin/python bench/group.py --members 10 100 200 500 --rounds 5

The group is a used one: everybody came by an external commit, half of them with an account. Times are milliseconds of
processor time, the shortest of the rounds; on a busy machine they still rise by half.
"""

import argparse
import json
import secrets
import time
from collections.abc import Callable
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from aparte.core.mls.delivery import follow, follow_from
from aparte.core.mls.public import PublicGroup
from aparte.core.policy.charter import TAG_SIZE, Charter, Door, Opens
from aparte.core.policy.meeting import MeetingPolicy
from aparte.core.policy.names import details_of
from aparte.core.policy.person import Certificate, account_content
from aparte.core.policy.rights import ALL
from aparte.e2ee.charter import seal_charter
from aparte.e2ee.keys import derive_link_keys
from aparte.e2ee.mls.meeting import MeetingGroup, Participant
from aparte.e2ee.person import OwnPerson, SeedKey

T = TypeVar("T")
MAX = 1 << 23
MEETING = bytes(16)
KEYS = derive_link_keys(bytes(32), MEETING)
HOUSE = Ed25519PrivateKey.from_private_bytes(bytes(32))
CHARTER = seal_charter(
    KEYS.charter_key,
    Charter(
        MEETING,
        HOUSE.public_key().public_bytes_raw(),
        level=1,
        door=Door.OPEN,
        opens=Opens.ANYBODY,
        everybody=ALL,
        organisers=(bytes(16),),
        tag=bytes(TAG_SIZE),
    ),
)
FOREVER = 2**62
GOALS = {"join_ms": 60.0, "process_remove_ms": 8.0, "remove_bytes": 30_000}
GOALS_AT = 200


def clock() -> int:
    return time.time_ns() // 1_000_000


def nobody_is_gone(_seat: bytes) -> bool:
    return False


def own(number: int) -> OwnPerson:
    """Return an account for an odd number, and a guest for an even one."""
    key, name = SeedKey(number.to_bytes(32)), f"Person {number}"
    if number % 2 == 0:
        return OwnPerson(key, name)
    account, details = number.to_bytes(16), details_of(name, "Bench")
    signature = HOUSE.sign(account_content(key.public, account, FOREVER, details))
    return OwnPerson(key, name, "Bench", Certificate(account, FOREVER, details, signature))


def participant(number: int) -> Participant:
    return Participant(number.to_bytes(16), own(number), KEYS, CHARTER, clock)


def fastest(rounds: int, work: Callable[[], T]) -> tuple[float, T]:
    """Return the shortest time in milliseconds, and what came of the last round."""
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        best = min(best, (time.process_time() - start) * 1_000)
    return round(best, 2), result


def measure(members: int, rounds: int) -> dict[str, float]:
    _, info, tree = MeetingGroup.create(participant(0), secrets.token_bytes)
    for number in range(1, members):
        # Nobody follows while the group is made: only its newest member and the GroupInfo are needed.
        made = MeetingGroup.join(info, tree, participant(number), secrets.token_bytes)
        info, tree = made.info, made.group.group.public.tree.encoded
    watcher = MeetingGroup.join(info, tree, participant(members), secrets.token_bytes)
    tree = watcher.group.group.public.tree.encoded
    second = MeetingGroup.join(watcher.info, tree, participant(members + 1), secrets.token_bytes)
    member = watcher.group.process(second.commit)
    info, tree, remover = second.info, second.group.group.public.tree.encoded, second.group

    join_ms, joined = fastest(
        rounds, lambda: MeetingGroup.join(info, tree, participant(members + 2), secrets.token_bytes)
    )
    process_join_ms, _ = fastest(rounds, lambda: member.process(joined.commit))
    remove_ms, removed = fastest(rounds, lambda: remover.commit([members // 2], secrets.token_bytes))
    process_ms, after = fastest(rounds, lambda: member.process(removed.commit))
    update_ms, updated = fastest(rounds, lambda: remover.commit([], secrets.token_bytes))
    process_update_ms, _ = fastest(rounds, lambda: member.process(updated.commit))
    if after.epoch_authenticator() != removed.group.epoch_authenticator():
        raise SystemExit("the members disagree")

    def start() -> PublicGroup:
        # A server that remembers no one's signatures yet.
        return follow_from(info, tree, MeetingPolicy(CHARTER, clock, nobody_is_gone, 0), MAX)

    start_ms, public = fastest(rounds, start)
    policy = MeetingPolicy(CHARTER, clock, nobody_is_gone, 0)
    follow_ms, _ = fastest(rounds, lambda: follow(public, removed.commit, policy, MAX))
    follow_join_ms, _ = fastest(rounds, lambda: follow(public, joined.commit, policy, MAX))
    return {
        "members": members + 2,
        "join_ms": join_ms,
        "process_join_ms": process_join_ms,
        "remove_ms": remove_ms,
        "process_remove_ms": process_ms,
        "update_ms": update_ms,
        "process_update_ms": process_update_ms,
        "server_start_ms": start_ms,
        "server_remove_ms": follow_ms,
        "server_join_ms": follow_join_ms,
        "join_bytes": len(joined.commit),
        "remove_bytes": len(removed.commit),
        "info_bytes": len(info),
        "tree_bytes": len(tree),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--members", type=int, nargs="+", default=[10, 100, 200, 500])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    sizes = [measure(max(members - 2, 2), given.rounds) for members in given.members]
    at_goal = [size for size in sizes if size["members"] == GOALS_AT]
    passed = all(size[name] <= goal for size in at_goal for name, goal in GOALS.items())
    print(json.dumps({"bench": "group", "language": "python", "goals_at_200": GOALS, "passed": passed, "sizes": sizes}))


if __name__ == "__main__":
    main()
