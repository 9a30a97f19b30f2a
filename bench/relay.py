"""Measures what the relay costs for each subscriber; the last line is JSON. How to read it: README.md beside this file.

python bench/relay.py --subscribers 40 --seconds 15 --peer janus
"""

import argparse
import asyncio
import json
import sys
from importlib.util import find_spec

NEEDED = ("aparte", "picows", "uvloop")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="bench/relay.py", description="CPU, memory and delay of the relay a subscriber."
    )
    parser.add_argument("--subscribers", type=int, default=40, help="members that receive (at most 249 in one room)")
    parser.add_argument("--seconds", type=float, default=15, help="length of one measured window")
    parser.add_argument("--rounds", type=int, help="rounds for each server, interleaved (1; 2 with a peer)")
    parser.add_argument("--peer", choices=["janus"], help="measure this server too, in turn with ours")
    parser.add_argument("--processes", type=int, default=1, help="processes that the subscribers share")
    parser.add_argument(
        "--no-states", action="store_true", help="subscribers do not send their state every ten seconds"
    )
    options = parser.parse_args()
    if not 1 <= options.subscribers <= 249:
        parser.error("--subscribers: 1 to 249")
    if not 1 <= options.seconds <= 100:
        parser.error("--seconds: 1 to 100")
    return options


def stop(lacking: list[str]) -> None:
    """Ends with one clear line when something is not there."""
    if lacking:
        sys.exit(f"bench/relay.py needs: {', '.join(lacking)} (see bench/README.md)")


async def main(options: argparse.Namespace) -> dict[str, object]:
    from relay.figures import Figures, Subject, measure, medians, ratio
    from relay.server import Aparte

    def subject(name: str) -> Subject:
        if name == "janus":
            from relay.janus.round import Janus

            return Janus()
        return Aparte(options.processes, not options.no_states)

    names = ["aparte", *([options.peer] if options.peer else [])]
    rounds: dict[str, list[Figures]] = {name: [] for name in names}
    for number in range(options.rounds or len(names)):
        for name in names:
            figures = await measure(subject(name), options.subscribers, options.seconds)
            rounds[name].append(figures)
            print(
                f"round {number + 1} {name:7} {figures.ms_per_sub_s:6.3f} ms/sub.s (net {figures.ms_per_sub_s_net:.3f})"
                f" {figures.kb_per_sub:6.1f} kB/sub  delay {figures.delay_ms_p50:.2f}/{figures.delay_ms_p99:.2f} ms"
                f"  delivered {figures.delivered:.5f}  {figures.kbit_per_sub:.0f} kbit/s"
                f"  some process waits {figures.machine_waits_percent:.0f} %",
                flush=True,
            )
    rows = {name: medians(rounds[name]) for name in names}
    ours = rows["aparte"]
    report: dict[str, object] = {
        "bench": "relay",
        "subscribers": options.subscribers,
        "seconds": options.seconds,
        "states": not options.no_states,
        **ours,
        "peers": {name: rows[name] for name in names[1:]},
    }
    for name in names[1:]:
        figures_of = ("ms_per_sub_s", "ms_per_sub_s_net", "kb_per_sub", "delay_ms_p50", "delay_ms_p99")
        ratios = {figure: round(ratio(ours[figure], rows[name][figure]), 3) for figure in figures_of}
        print(f"ours / {name}: " + ", ".join(f"{figure} {value}" for figure, value in ratios.items()))
        report[f"ratio_{name}"] = ratios
    return report


if __name__ == "__main__":
    chosen = arguments()
    stop([f"Python module {name}" for name in NEEDED if find_spec(name) is None])
    if chosen.peer == "janus":
        stop(["Python module playwright"] if find_spec("playwright") is None else [])
        from relay import isolation
        from relay.janus.round import missing

        stop([*missing(), *isolation.missing()])
        # ICE leaves 127.0.0.1 out: the peer's media gets an address that exists for this bench alone.
        isolation.isolate()
    try:
        print(json.dumps(asyncio.run(main(chosen))))
    except (RuntimeError, TimeoutError) as fault:
        sys.exit(f"bench/relay.py: {fault or type(fault).__name__}")
