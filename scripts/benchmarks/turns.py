"""Servers that take turns, so short that whatever else the machine does meets them all.

On a shared machine the same work costs half as much again for some seconds, and then no more. A
turn is a tenth of a second; what a server does about it later (the journal moved into the database,
the search index, the checkpoint) comes each two seconds, in whosever turn, and is shared by all of
its turns. So the CPU of a delivery is whole, but not its delay: that of our server among its own
upkeep is measured by the paced run, and by the turns of two people, which last longer.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.crowd import Crowd, Shape, Talk
from benchmarks.report import percentile
from benchmarks.results import Results
from benchmarks.servers import Server

PERCENTS = (50, 99)


@dataclass(slots=True)
class Contender:
    """A server with a crowd in it, and what came of its turns. CPU is in seconds."""

    case: str
    server: Server
    crowd: Crowd
    shape: Shape
    talks: list[Talk] = field(default_factory=list)
    main: list[float] = field(default_factory=list)
    aside: float = 0.0
    """CPU of what was neither talk nor its consequences: the barriers between the turns."""

    def warm_up(self, seconds: float) -> None:
        """Look at what is said, and get into the swing of it."""
        self.crowd.look(self.shape)
        self.crowd.talk(self.shape, seconds)

    def take_turn(self, seconds: float) -> None:
        """Talk for so long."""
        account = self.server.account
        begin = account.main_cpu()
        self.crowd.barrier(self.crowd.members)
        before = account.main_cpu()
        self.aside += before - begin
        self.talks.append(self.crowd.talk(self.shape, seconds))
        self.main.append(account.main_cpu() - before)

    @property
    def deliveries(self) -> int:
        """Of all its turns."""
        return sum(talk.deliveries for talk in self.talks)

    def enter_into(self, results: Results, later: float) -> None:
        """Its figures; `later` is what each delivery costs besides."""
        for talk, main in zip(self.talks, self.main, strict=True):
            loop = main / talk.deliveries
            cpu = {"CPU us/delivery": (loop + later) * 1e6, "of it main thread": loop * 1e6}
            speed = {"deliveries/s": talk.deliveries / talk.seconds}
            results.add(self.case, self.server.label, **cpu, **speed)
        whole = Talk.joined(self.talks)
        steps = {f"step p{each} ms": percentile(whole.trips, each) * 1e3 for each in PERCENTS}
        delays = {f"delay p{each} ms": whole.delay(each) * 1e3 for each in PERCENTS}
        results.add(self.case, self.server.label, **steps, **delays)


def take_turns(
    contenders: Sequence[Contender], turns: int, seconds: float, results: Results
) -> None:
    """So many turns of so many seconds for each."""
    servers = list(dict.fromkeys(each.server for each in contenders))
    _rest(servers)
    before = {server: server.account.cpu() for server in servers}
    for order in orders(contenders, turns):
        for contender in order:
            contender.take_turn(seconds)
    _rest(servers)
    for server in servers:
        among_them = [each for each in contenders if each.server is server]
        at_once = sum(sum(each.main) + each.aside for each in among_them)
        later = server.account.cpu() - before[server] - at_once
        deliveries = sum(each.deliveries for each in among_them)
        for contender in among_them:
            contender.enter_into(results, later / deliveries)


def orders(contenders: Sequence[Contender], turns: int) -> Iterator[list[Contender]]:
    """Another order each turn, the same in each run: who was before one changes the caches."""
    dice = random.Random(turns)
    for _ in range(turns):
        yield dice.sample(contenders, len(contenders))


def _rest(servers: Iterable[Server]) -> None:
    for server in servers:
        server.rest()
