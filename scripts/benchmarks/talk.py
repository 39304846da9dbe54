"""What talking costs: this server and others side by side, round by round.

The CPU that a delivery costs is what the kernel says that the server's process has used, all its
threads together, divided by the messages that arrived. Each figure is the median of rounds in which
the servers take turns, so that whatever else the machine does meets them all.
"""

from collections.abc import Callable, Iterator, Sequence
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
    Shape(100, 20, 5),
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
    few: int = 3  # rounds of what is measured at many points
    seconds: float = 0.5
    upkeep: float = UPKEEP
    shapes: Sequence[Shape] = SHAPES
    kinds_shapes: Sequence[Shape] = SHAPES[:2]
    mixed_shapes: Sequence[Shape] = SHAPES[-1:]
    idle: int = 10_000
    idle_seconds: float = 20.0
    ping_seconds: int = 30
    joining: int = 1000
    registering: int = 1000
    tenfold: Sequence[int] = (1, 10, 100)
    beside_idle: Shape = SHAPES[0]
    long: Shape = LONG
    long_seconds: float = 10.0
    long_rounds: int = 3
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
        for label, root in self._roots().items():
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

    def pinging(self) -> Iterator[tuple[str, Server]]:
        """Ours and other checkouts, each new, and impatient with the silent."""
        plan = self.plan
        limits = f"idle_ping = {plan.ping_seconds}\nping_timeout = {plan.ping_seconds}\n"
        for label, root in self._roots().items():
            directory = plan.directory / f"{label} pinging"
            yield label, Chatroom(directory, label, root, plan.upkeep, limits)

    def _roots(self) -> dict[str, Path]:
        checkouts = {f"chatroom in {root.resolve().name}": root for root in self.plan.checkouts}
        return {"chatroom": ROOT, **checkouts}

    @property
    def ours(self) -> list[Server]:
        """This server, and other checkouts of it."""
        return [server for server in self.servers if isinstance(server, Chatroom)]

    def rounds(
        self, case: str, shape: Shape, servers: Sequence[Server], rounds: int
    ) -> Iterator[tuple[Server, Crowd]]:
        """The servers take turns, each with a crowd of its own."""
        with ExitStack() as stack:
            crowds = [stack.enter_context(server.crowd(shape)) for server in servers]
            for _ in range(rounds):
                yield from zip(servers, crowds, strict=True)
        self.show(case)

    def alternate(self, case: str, shape: Shape, servers: Sequence[Server], rounds: int) -> None:
        """Run the shape with each, round by round."""
        for server, crowd in self.rounds(case, shape, servers, rounds):
            measured = measure(server, crowd, shape, self.plan.seconds)
            self.results.add(case, server.label, **measured)


def _checkout(plan: Plan, label: str, root: Path) -> Callable[[str], Server]:
    return lambda name: Chatroom(plan.directory / name, label, root, plan.upkeep)


def _peer(plan: Plan, label: str) -> Callable[[str], Server]:
    return lambda name: PEERS[label](plan.directory / name)


def measure(
    server: Server, crowd: Crowd, shape: Shape, seconds: float, pace: float = 0.0
) -> dict[str, float]:
    """One run. What a server does later about what it heard is part of its cost."""
    crowd.look(shape)
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
            servers = [*bench.servers, floor]
            bench.alternate(f"fan-out {shape}", shape, servers, bench.plan.rounds)


def pair(bench: Bench) -> None:
    """From one to another: a step is the way there."""
    with Relay(bench.plan.directory / "relay", PAIR) as relay:
        bench.alternate("two people", PAIR, [*bench.servers, relay], bench.plan.rounds)


TAGS = "server-time message-tags"
UNIFORM, MIXED, PLAIN_DOOR = "no capabilities", "a third each", "the plain door"
EVERYTHING = "all capabilities"
KINDS: Sequence[str] = (UNIFORM, TAGS, EVERYTHING, MIXED, PLAIN_DOOR)
FEW_KINDS: Sequence[str] = (UNIFORM, MIXED)


def kinds(bench: Bench) -> None:
    """The fan-out to visitors of other kinds, at our server alone: the kinds take turns."""
    wanted = [*product(bench.plan.kinds_shapes, [KINDS])]
    wanted += product(bench.plan.mixed_shapes, [FEW_KINDS])
    for server, (shape, some) in product(bench.ours, wanted):
        talking = _talking(" ".join(capabilities(server.port)))
        with ExitStack() as stack:
            crowds = {
                kind_case(shape, kind): stack.enter_context(server.crowd(shape, *talking[kind]))
                for kind in some
            }
            for _ in range(bench.plan.few):
                for case, crowd in crowds.items():
                    measured = measure(server, crowd, shape, bench.plan.seconds)
                    bench.results.add(case, server.label, **measured)
        for case in crowds:
            bench.show(case)


def _talking(everything: str) -> dict[str, tuple[Tongue, Sequence[str]]]:
    """How the visitors of each kind talk, and what they agree on in turn."""
    return {
        UNIFORM: (IRC, ("",)),
        TAGS: (IRC, (TAGS,)),
        EVERYTHING: (IRC, (everything,)),
        MIXED: (IRC, ("", TAGS, everything)),
        PLAIN_DOOR: (PLAIN, ("",)),
    }


def kind_case(shape: Shape, kind: str) -> str:
    """The name of the case."""
    return f"{shape}, {kind}"


LONG_PERCENTS = (50, 99, 99.9)


def long(bench: Bench) -> None:
    """A room at a steady pace, through several checkpoints: there is one each two seconds."""
    shape, plan = bench.plan.long, bench.plan
    case = f"{shape} paced"
    for server, crowd in bench.rounds(case, shape, bench.servers, plan.long_rounds):
        crowd.look(shape)
        talk = crowd.talk(shape, plan.long_seconds, plan.long_pace)
        delays = {f"delay p{percent:g} ms": talk.delay(percent) * 1e3 for percent in LONG_PERCENTS}
        delays["delay max ms"] = max(talk.delays) * 1e3
        bench.results.add(case, server.label, **delays)
