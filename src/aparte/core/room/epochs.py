"""The order of commits: the first commit of an epoch wins (RFC 9420 section 14, RFC 9750 section 5.2)."""

from collections import deque

from aparte.core.wire.control import GroupState, PastCommit


class Epochs:
    """One group's chain of commits. It sees opaque bytes: what a commit says is checked by the members."""

    def __init__(self, group: bytes, info: bytes, commits: int, catchup: int) -> None:
        """Start at epoch 0; the log keeps at most ``commits`` commits of ``catchup`` bytes in total."""
        self.group = group
        self.epoch = 0
        self._info = info
        self._log: deque[PastCommit] = deque()
        self._most = commits
        self._room = catchup

    @property
    def oldest(self) -> int:
        """The earliest epoch from which somebody can still catch up."""
        return self.epoch - len(self._log)

    @property
    def state(self) -> GroupState:
        """What a newcomer needs for its external commit."""
        return GroupState(group=self.group, epoch=self.epoch, info=self._info)

    def accept(self, seat: str, epoch: int, commit: bytes, info: bytes) -> bool:
        """Take a commit that starts from ``epoch``; false when another one has won that epoch, or it has not come."""
        if epoch != self.epoch:
            return False
        self.epoch += 1
        self._info = info
        self._log.append(PastCommit(epoch=epoch, seat=seat, commit=commit))
        self._room -= len(commit)
        while self._log and (len(self._log) > self._most or self._room < 0):
            self._room += len(self._log.popleft().commit)
        return True

    def since(self, epoch: int) -> tuple[PastCommit, ...] | None:
        """The commits that lead from ``epoch`` to now; none when the log does not reach back, or not that far yet."""
        if not self.oldest <= epoch <= self.epoch:
            return None
        return tuple(past for past in self._log if past.epoch >= epoch)
