"""What a sign-on and a join cost where others have lists: whom they watch (MONITOR), and what is
known about them (METADATA). Ours alone."""

from benchmarks.many import cost
from benchmarks.talk import Bench
from chatroom.wire.metadata import METADATA

WATCHED_EACH = 100
"""Nicknames on the list of each who watches, in lines of half as many: they have to fit."""


def monitor(bench: Bench) -> None:
    """A registration, without anybody who watches, and beside those who watch others."""
    count, entries = bench.plan.registering, bench.plan.watched
    for server in bench.ours:
        with server.visitors() as first:
            first.gather(count)  # a new server is slower
        for listed in (0, entries):
            with server.visitors() as watchers, server.visitors() as crowd:
                watchers.gather(listed // WATCHED_EACH)
                watchers.ask(_watch(number) for number in range(listed // WATCHED_EACH))
                socks = crowd.connect(count)
                case = f"a registration beside {listed:,} MONITOR entries"
                with cost(bench, server, case, "us", count / 1e6):
                    crowd.greet(socks)


def _watch(number: int) -> str:
    names = [f"w{number:05}x{each}" for each in range(WATCHED_EACH)]
    half = WATCHED_EACH // 2
    return "".join(f"MONITOR + {','.join(some)}\r\n" for some in (names[:half], names[half:]))


def metadata(bench: Bench) -> None:
    """The way into a full room for a client that subscribes, before its members have a display
    name, and when they have."""
    count, joining = bench.plan.described, bench.plan.entering
    for server in bench.ours:
        with server.visitors() as members:
            members.gather(count).enter(count)
            (room,) = members.rooms
            with server.visitors() as first:
                first.gather(joining).come(room)  # a new server is slower
            for known in ("no metadata", "metadata"):
                if known == "metadata":
                    members.ask(f"METADATA * SET display-name :{n:09}\r\n" for n in range(count))
                with server.visitors(capabilities=(f"batch {METADATA}",)) as crowd:
                    crowd.gather(joining).ask(["METADATA * SUB display-name\r\n"] * joining)
                    case = f"into a room of {count:,} with {known}"
                    with cost(bench, server, case, "us", joining / 1e6):
                        crowd.come(room)
                members.barrier(members.socks)
