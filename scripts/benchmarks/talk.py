"""What talking costs: this server and others side by side, round by round.

The CPU that a delivery costs is what the kernel says that the server's process has used, all its
threads together, divided by the messages that arrived. Each figure is the median of rounds in which
the servers take turns, so that whatever else the machine does meets them all.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

from benchmarks.crowd import Crowd, Shape, Talk, capabilities
from benchmarks.report import percentile
from benchmarks.results import Results
from benchmarks.servers import PEERS, ROOT, UPKEEP, Chatroom, Floor, Relay, Server
from benchmarks.tongues import IRC, PLAIN, Tongue

SHAPES = (
    Shape(100, 1, 1),
    Shape(100, 10, 10),
    Shape(900, 1, 1),
    Shape(900, 10, 10),
    Shape(900, 20, 5),
)
PAIR = Shape(2, 1, 1)
LONG = Shape(100, 1, 2)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure. `seconds` are those of a run; there are so many `rounds` of them."""

    directory: Path
    peers: Sequence[str] = tuple(PEERS)
    checkouts: Sequence[Path] = ()
    rounds: int = 5
    seconds: float = 0.5
    upkeep: float = UPKEEP
    shapes: Sequence[Shape] = SHAPES
    kinds_shapes: Sequence[Shape] = SHAPES[:2]
    idle: int = 10_000
    idle_seconds: float = 30.0
    joining: int = 1000
    registering: int = 1000
    tenfold: Sequence[int] = (1, 10, 100)
    beside_idle: Shape = SHAPES[0]
    long: Shape = LONG
    long_seconds: float = 20.0
    long_pace: float = 0.002  # 1000 messages a second, and time for pauses to be made up


@dataclass(slots=True)
class Bench:
    """A plan under way. `show` is called with each case that is complete."""

    plan: Plan
    results: Results
    show: Callable[[str], None]
    servers: list[Server] = field(default_factory=list)

    def starters(self) -> Iterator[tuple[str, Callable[[str], Server]]]:
        """What starts each server in a directory of that name, ours first."""
        plan = self.plan
        ours = {"chatroom": ROOT}
        ours |= {f"chatroom in {root.resolve().name}": root for root in plan.checkouts}
        for label, root in ours.items():
            yield label, _checkout(plan, label, root)
        for label in plan.peers:
            yield label, _peer(plan, label)

    @contextmanager
    def started(self) -> Iterator[None]:
        """All of them at once."""
        with ExitStack() as stack:
            for label, start in self.starters():
                self.servers.append(stack.enter_context(start(label)))
            yield
        self.servers.clear()

    @property
    def ours(self) -> list[Server]:
        """This server, and other checkouts of it."""
        return [server for server in self.servers if isinstance(server, Chatroom)]

    def rounds(
        self, case: str, shape: Shape, crowds: Iterable[tuple[Server, Crowd]], show: bool = True
    ) -> None:
        """The servers take turns."""
        turns = list(crowds)
        for _ in range(self.plan.rounds):
            for server, crowd in turns:
                measured = measure(server, crowd, shape, self.plan.seconds)
                self.results.add(case, server.label, **measured)
        if show:
            self.show(case)

    def alternate(self, case: str, shape: Shape, servers: Sequence[Server]) -> None:
        """The same with a crowd for each."""
        with ExitStack() as stack:
            crowds = [stack.enter_context(server.crowd(shape)) for server in servers]
            self.rounds(case, shape, zip(servers, crowds, strict=True))


def _checkout(plan: Plan, label: str, root: Path) -> Callable[[str], Server]:
    return lambda name: Chatroom(plan.directory / name, label, root, plan.upkeep)


def _peer(plan: Plan, label: str) -> Callable[[str], Server]:
    return lambda name: PEERS[label](plan.directory / name)


def measure(
    server: Server, crowd: Crowd, shape: Shape, seconds: float, pace: float = 0.0
) -> dict[str, float]:
    """One run. What a server does later about what it heard is part of its cost."""
    crowd.barrier(crowd.members)
    main, cpu = server.account.main_cpu(), server.account.cpu()
    talk = crowd.talk(shape, seconds, pace)
    main = server.account.main_cpu() - main
    server.rest()
    return figures(talk, server.account.cpu() - cpu, main)


def figures(talk: Talk, cpu: float, main: float) -> dict[str, float]:
    """What a run amounts to."""
    measured = {
        "CPU us/delivery": cpu / talk.deliveries * 1e6,
        "of it main thread": main / talk.deliveries * 1e6,
        "deliveries/s": talk.deliveries / talk.seconds,
    }
    for percent in (50, 99):
        measured[f"step p{percent} ms"] = percentile(talk.trips, percent) * 1e3
    for percent in (50, 99):
        measured[f"delay p{percent} ms"] = talk.delay(percent) * 1e3
    return measured


def fan_out(bench: Bench) -> None:
    """One room; everybody hears everybody."""
    for shape in bench.plan.shapes:
        with Floor(bench.plan.directory / "floor", shape) as floor:
            bench.alternate(f"fan-out {shape}", shape, [*bench.servers, floor])


def pair(bench: Bench) -> None:
    """From one to another: a step is the way there."""
    with Relay(bench.plan.directory / "relay", PAIR) as relay:
        bench.alternate("two people", PAIR, [*bench.servers, relay])


TAGS = "server-time message-tags"
UNIFORM, MIXED, PLAIN_DOOR = "no capabilities", "a third each", "the plain door"


def kinds(bench: Bench) -> None:
    """The fan-out to visitors of other kinds, at our server alone: the kinds take turns."""
    for server, shape in product(bench.ours, bench.plan.kinds_shapes):
        with ExitStack() as stack:
            crowds = {
                case: stack.enter_context(server.crowd(shape, *talking))
                for case, talking in _talking(shape, " ".join(capabilities(server.port)))
            }
            for _ in range(bench.plan.rounds):
                for case, crowd in crowds.items():
                    measured = measure(server, crowd, shape, bench.plan.seconds)
                    bench.results.add(case, server.label, **measured)
        for case in crowds:
            bench.show(case)


def _talking(shape: Shape, everything: str) -> Iterator[tuple[str, tuple[Tongue, Sequence[str]]]]:
    for kind, agreed in (
        (UNIFORM, ("",)),
        (TAGS, (TAGS,)),
        ("all capabilities", (everything,)),
        (MIXED, ("", TAGS, everything)),
    ):
        yield kind_case(shape, kind), (IRC, agreed)
    yield kind_case(shape, PLAIN_DOOR), (PLAIN, ("",))


def kind_case(shape: Shape, kind: str) -> str:
    """The name of the case."""
    return f"{shape}, {kind}"


LONG_PERCENTS = (50, 99, 99.9)


def long(bench: Bench) -> None:
    """A room at a steady pace, through several checkpoints and garbage collections."""
    shape, plan = bench.plan.long, bench.plan
    case = f"{shape} for {plan.long_seconds:g} s, one each {plan.long_pace * 1e3:g} ms"
    for server in bench.servers:
        with server.crowd(shape) as crowd:
            talk = crowd.talk(shape, plan.long_seconds, plan.long_pace)
        delays = {f"delay p{percent:g} ms": talk.delay(percent) * 1e3 for percent in LONG_PERCENTS}
        delays["delay max ms"] = max(talk.delays) * 1e3
        bench.results.add(case, server.label, **delays)
    bench.show(case)
