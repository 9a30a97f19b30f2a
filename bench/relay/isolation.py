"""A network name space of the bench's own: the peers' media has an address there, and nothing leads out of it."""

import os
import shutil
import sys

MARK = "APARTE_BENCH_ISOLATED"
ADDRESS = "10.98.0.1"
_PROGRAMS = [("unshare", "util-linux"), ("ip", "iproute2")]
_SET_UP = f"""
ip link set lo up
ip link add bench0 type veth peer name bench1
ip address add {ADDRESS}/24 dev bench0
ip link set bench0 up
ip link set bench1 up
exec "$@"
"""


def missing() -> list[str]:
    """What isolation needs and this machine lacks."""
    return [f"{program} (Debian's {package})" for program, package in _PROGRAMS if shutil.which(program) is None]


def isolate() -> None:
    """Start this program anew inside a name space; returns only when it is in one already."""
    if os.environ.get(MARK):
        return
    os.environ[MARK] = "1"
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    os.execvp("unshare", ["unshare", "--net", *user, "sh", "-ec", _SET_UP, "sh", sys.executable, *sys.argv])
