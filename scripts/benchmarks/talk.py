"""What talking costs: this server and others side by side, round by round.

The CPU that a delivery costs is what the kernel says that the server's process has used, all its
threads together, divided by the messages that arrived. Each figure is the median of the turns that
the servers take in some rounds. In each round they are started anew, since where a process happens
to lie in memory can make it slower or faster for as long as it lives.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.crowd import Shape, capabilities
from benchmarks.results import Results
from benchmarks.servers import PEERS, ROOT, UPKEEP, Chatroom, Floor, Relay, Server
from benchmarks.tongues import IRC, PLAIN, WEB, Tongue
from benchmarks.turns import Contender, take_turns
from chatroom.wire.capabilities import NO_NAMES

SHAPES = (
    Shape(100, 1, 1),
    Shape(100, 10, 10),
    Shape(100, 20, 5),
    Shape(900, 1, 1),
    Shape(900, 10, 10),
    Shape(900, 20, 5),
)
PAIR = Shape(2, 1, 1)
PAIR_TURNS = 2
LONG = Shape(100, 1, 2)
PACED = Shape(10, 1, 1)
PACES = (2.4, 0.32)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure. Each round has so many `turns` of so many `seconds` for each server.

    Before them a server has `warm_up` seconds of the same.
    """

    directory: Path
    peers: Sequence[str] = tuple(PEERS)
    checkouts: Sequence[Path] = ()
    rounds: int = 5
    turns: int = 10
    seconds: float = 0.1
    pair_seconds: float = UPKEEP
    warm_up: float = 0.1
    upkeep: float = UPKEEP
    shapes: Sequence[Shape] = SHAPES
    kinds_shapes: Sequence[Shape] = SHAPES[:2]
    mixed_shapes: Sequence[Shape] = SHAPES[-1:]
    idle: int = 10_000
    idle_seconds: float = 30.0
    ping_seconds: int = 10
    joining: int = 1000
    registering: int = 1000
    watched: int = 10_000
    described: int = 1000
    entering: int = 100
    tenfold: Sequence[int] = (1, 10, 100)
    beside_idle: Shape = SHAPES[0]
    long: Shape = LONG
    long_seconds: float = 10.0
    long_pace: float = 0.002  # 1000 messages a second, and time for pauses to be made up
    pace_shape: Shape = PACED
    paces: Sequence[float] = PACES
    """Seconds from one message to the next."""
    pace_seconds: float = 60.0
    cold_steps: int = 100


@dataclass(slots=True)
class Bench:
    """One round of a plan. What the servers write goes into `directory`."""

    plan: Plan
    results: Results
    directory: Path
    servers: list[Server] = field(default_factory=list)

    def starters(self) -> Iterator[tuple[str, Callable[[str], Server]]]:
        """What starts each server in a directory of that name, ours first."""
        for label, root in self._roots().items():
            yield label, self._checkout(label, root)
        for label in self.plan.peers:
            yield label, self._peer(label)

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
            directory = self.directory / f"{label} pinging"
            yield label, Chatroom(directory, label, root, plan.upkeep, limits)

    def _roots(self) -> dict[str, Path]:
        checkouts = {f"chatroom in {root.resolve().name}": root for root in self.plan.checkouts}
        return {"chatroom": ROOT, **checkouts}

    def _checkout(self, label: str, root: Path) -> Callable[[str], Server]:
        return lambda name: Chatroom(self.directory / name, label, root, self.plan.upkeep)

    def _peer(self, label: str) -> Callable[[str], Server]:
        return lambda name: PEERS[label](self.directory / name)

    @property
    def ours(self) -> list[Server]:
        """This server, and other checkouts of it."""
        return [server for server in self.servers if isinstance(server, Chatroom)]

    def each(
        self,
        case: str,
        shape: Shape,
        servers: Sequence[Server],
        turns: int = 0,
        seconds: float = 0.0,
    ) -> None:
        """Run the shape with all of them side by side."""
        with ExitStack() as stack:
            crowds = [stack.enter_context(server.crowd(shape)) for server in servers]
            pairs = zip(servers, crowds, strict=True)
            contenders = [Contender(case, server, crowd, shape) for server, crowd in pairs]
            self.compare(contenders, turns, seconds)

    def compare(
        self, contenders: Sequence[Contender], turns: int = 0, seconds: float = 0.0
    ) -> None:
        """Let them take turns, the plan's where it is not said how many and how long."""
        for contender in contenders:
            contender.warm_up(self.plan.warm_up)
        turns, seconds = turns or self.plan.turns, seconds or self.plan.seconds
        take_turns(contenders, turns, seconds, self.results)


def fan_out(bench: Bench) -> None:
    """One room; everybody hears everybody."""
    for shape in bench.plan.shapes:
        with Floor(bench.directory / "floor", shape) as floor:
            bench.each(f"fan-out {shape}", shape, [*bench.servers, floor])


def pair(bench: Bench) -> None:
    """From one to another: a step is the way there. In each turn is one upkeep of ours."""
    with Relay(bench.directory / "relay", PAIR) as relay:
        servers = [*bench.servers, relay]
        bench.each("two people", PAIR, servers, PAIR_TURNS, bench.plan.pair_seconds)


TAGS = "server-time message-tags"
UNIFORM, MIXED, PLAIN_DOOR = "no capabilities", "a third each", "the plain door"
WEB_DOOR = "WebSocket"
EVERYTHING = "all capabilities"
KINDS: Sequence[str] = (UNIFORM, TAGS, EVERYTHING, MIXED, PLAIN_DOOR, WEB_DOOR)
FEW_KINDS: Sequence[str] = (UNIFORM, MIXED, WEB_DOOR)


def kinds(bench: Bench) -> None:
    """The fan-out to visitors of other kinds, at our server alone: the kinds take turns."""
    wanted = [(shape, KINDS) for shape in bench.plan.kinds_shapes]
    wanted += [(shape, FEW_KINDS) for shape in bench.plan.mixed_shapes]
    for server in bench.ours:
        # The end of the names is the sign that somebody has entered.
        agreeable = (name for name in capabilities(server.port) if name not in NO_NAMES)
        talking = _talking(" ".join(agreeable))
        for shape, some in wanted:
            with ExitStack() as stack:
                contenders = []
                for kind in some:
                    crowd = stack.enter_context(server.crowd(shape, *talking[kind]))
                    contenders.append(Contender(kind_case(shape, kind), server, crowd, shape))
                bench.compare(contenders)


def _talking(everything: str) -> dict[str, tuple[Tongue, Sequence[str]]]:
    """How the visitors of each kind talk, and what they agree on in turn."""
    return {
        UNIFORM: (IRC, ("",)),
        TAGS: (IRC, (TAGS,)),
        EVERYTHING: (IRC, (everything,)),
        MIXED: (IRC, ("", TAGS, everything)),
        PLAIN_DOOR: (PLAIN, ("",)),
        WEB_DOOR: (WEB, ("",)),
    }


def kind_case(shape: Shape, kind: str) -> str:
    """The name of the case."""
    return f"{shape}, {kind}"


LONG_PERCENTS = (50, 99, 99.9)


def long(bench: Bench) -> None:
    """A room at a steady pace, through several checkpoints: there is one each two seconds."""
    shape, plan = bench.plan.long, bench.plan
    for server in bench.servers:
        with server.crowd(shape) as crowd:
            crowd.look(shape)
            talk = crowd.talk(shape, plan.long_seconds, plan.long_pace)
        delays = {f"delay p{percent:g} ms": talk.delay(percent) * 1e3 for percent in LONG_PERCENTS}
        delays["delay max ms"] = max(talk.delays) * 1e3
        bench.results.add(f"{shape} paced", server.label, **delays)
