"""What talking costs: this server and others side by side, round by round.

The CPU that a delivery costs is what the kernel says that the server's process has used, all its
threads together, divided by the messages that arrived. Each figure is the median of rounds in which
the servers take turns, so that whatever else the machine does meets them all.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.crowd import Crowd, Shape, Talk
from benchmarks.report import percentile
from benchmarks.results import Results
from benchmarks.servers import PEERS, Chatroom, Floor, Server, installed

SHAPES = (
    Shape(100, 1, 1),
    Shape(100, 10, 10),
    Shape(900, 1, 1),
    Shape(900, 10, 10),
    Shape(900, 20, 5),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure. `seconds` are those of a run; there are so many `rounds` of them."""

    directory: Path
    rounds: int = 5
    seconds: float = 0.5
    shapes: Sequence[Shape] = SHAPES
    peers: Sequence[str] = tuple(PEERS)
    checkouts: Sequence[Path] = ()


@dataclass(slots=True)
class Bench:
    """A plan under way."""

    plan: Plan
    results: Results
    show: Callable[[str], None]
    servers: list[Server] = field(default_factory=list)

    @contextmanager
    def started(self) -> Iterator[None]:
        """All servers, ours first."""
        with ExitStack() as stack:
            for start in self._starters():
                self.servers.append(stack.enter_context(start()))
            yield
        self.servers.clear()

    def _starters(self) -> Iterator[Callable[[], Server]]:
        directory = self.plan.directory
        yield lambda: Chatroom(directory / "chatroom")
        for root in self.plan.checkouts:
            label = f"chatroom in {root.resolve().name}"
            yield lambda root=root, label=label: Chatroom(directory / label, label, root)  # type: ignore[misc]
        for name in self.plan.peers:
            yield lambda name=name: PEERS[name](directory / name)  # type: ignore[misc]

    # Fan-out

    def fan_out(self) -> None:
        """One room; everybody hears everybody."""
        for shape in self.plan.shapes:
            case = f"fan-out {shape}"
            with Floor(self.plan.directory / "floor", shape) as floor:
                self._alternate(case, shape, [*self.servers, floor])
            self.show(case)

    def _alternate(self, case: str, shape: Shape, servers: Sequence[Server]) -> None:
        with ExitStack() as stack:
            crowds = [stack.enter_context(server.crowd(shape)) for server in servers]
            for _ in range(self.plan.rounds):
                for server, crowd in zip(servers, crowds, strict=True):
                    measured = measure(server, crowd, shape, self.plan.seconds)
                    self.results.add(case, server.label, **measured)


def measure(server: Server, crowd: Crowd, shape: Shape, seconds: float) -> dict[str, float]:
    """One run. What a server does later about what it heard is part of its cost."""
    crowd.barrier(crowd.members)
    main, cpu = server.account.main_cpu(), server.account.cpu()
    talk = crowd.talk(shape, seconds)
    main = server.account.main_cpu() - main
    server.rest()
    return figures(talk, shape, server.account.cpu() - cpu, main)


def figures(talk: Talk, shape: Shape, cpu: float, main: float) -> dict[str, float]:
    """What a run amounts to."""
    deliveries = talk.steps * shape.deliveries
    return {
        "CPU us/delivery": cpu / deliveries * 1e6,
        "of it main thread": main / deliveries * 1e6,
        "deliveries/s": deliveries / talk.seconds,
        "step p50 ms": percentile(talk.trips, 50) * 1e3,
        "step p99 ms": percentile(talk.trips, 99) * 1e3,
        "delay p50 ms": talk.delay(50) * 1e3,
        "delay p99 ms": talk.delay(99) * 1e3,
    }


def run(plan: Plan, results: Results, show: Callable[[str], None]) -> None:
    """All of it. `show` is called with each case that is complete."""
    bench = Bench(plan, results, show)
    with bench.started():
        bench.fan_out()


def missing(peers: Sequence[str]) -> list[str]:
    """Those that are not on this machine."""
    return [name for name in peers if not installed(name)]
