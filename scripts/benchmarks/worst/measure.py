"""What each of the worst lines costs the loop, and the table of it.

CPU is the thread's own, so that other processes do not change it. A line's own part of a tick is
what is left when its bare deliveries to others are taken off: one line that 900 people hear is 900
pieces in their outboxes and 900 `send`s, in whatever server. Those are charged by their number.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median

from benchmarks.tables import Rows, number
from benchmarks.worst.making import Case, Line, Scene
from benchmarks.worst.size import Size
from benchmarks.worst.stage import MALLORY, PLAIN_ACTORS, Actor, Stage
from chatroom.chat.output.audience import size
from chatroom.wire.message import Message

MOST = 1000.0
"""µs of the loop that a tick may take because of one line."""

PATIENCE = 20.0
"""Seconds for one answer, without the loop's own; a worker may take longer, which is only said."""

_US = 1e6
_BARRIERS = {
    True: (b"/join\r\n", re.compile(rb"Usage: /join ROOM \[KEY\]\r\n")),
    False: (b"PING :barrier\r\n", re.compile(rb"PONG [^\r\n]* :?barrier\r\n")),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One repetition: µs of each tick and of its flush, how many outboxes it emptied, how many
    others heard, and the answer."""

    ticks: tuple[float, ...]
    flushes: tuple[float, ...]
    written: tuple[int, ...]
    heard: int
    answer: int
    ended: bool
    late: bool


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one case, over all repetitions. All in µs, but for `heard` (people) and `answer` (bytes).

    `line` is the tick that read the line, without the deliveries to others; `tick` the longest one.
    Both are lower quartiles, because an answer of fifty ticks meets some disturbance of a busy
    machine in most repetitions.
    """

    case: Case
    line: float
    worst: float
    tick: float
    total: float
    ticks: int
    heard: int
    answer: int
    ended: bool
    late: bool

    @property
    def judged(self) -> float:
        """What has to be at most MOST."""
        return max(self.line, self.tick)

    @property
    def passed(self) -> bool:
        """Whether it is."""
        return self.judged <= MOST


def run(stage: Stage, cases: Iterable[Case], say: Callable[[str], None]) -> list[Cost]:
    """Measure these, one after the other."""
    send, put = _bare_send(stage), _bare_delivery(stage)
    ping = _ping(stage)
    say(f"a bare send costs {send:.2f} µs, a piece put into an outbox {put:.2f}, a PING {ping:.0f}")
    costs = []
    for case in cases:
        cost = _cost(stage, case, put, ping)
        costs.append(cost)
        say(_said(cost))
    return costs


def _said(cost: Cost) -> str:
    mark = "" if cost.passed else "  FAIL"
    mark += "  the answer is late" * cost.late + "  the connection was closed" * cost.ended
    return (
        f"{cost.case.row:<18} {cost.case.title[:58]:<58} {cost.line:>10,.0f} {cost.worst:>10,.0f}"
        f" {cost.tick:>10,.0f} {cost.total:>10,.0f} {cost.ticks:>5} {cost.heard:>5}{mark}"
    )


def _bare_send(stage: Stage) -> float:
    """µs of one `send` of a short line to somebody in the crowd, with nothing else in between."""
    connections = list(stage.house.server.doors)[-stage.size.members :]
    data = b":a!b@c PRIVMSG #room :" + b"x" * 100 + b"\r\n"
    spans = []
    for _ in range(5):
        begin = time.thread_time()
        for connection in connections:
            connection.sock.send(data)
        spans.append(time.thread_time() - begin)
        stage.drain()
    return median(spans) / len(connections) * _US


def _bare_delivery(stage: Stage) -> float:
    """µs of putting one message into somebody's outbox, where it cannot go past that.

    All of the crowds are told, as in NICK and QUIT: 4,500 outboxes are in no cache.
    """
    world = stage.house.server.world
    mallory = world.find(MALLORY)
    assert mallory is not None
    message = Message("NICK", ("b",), "a!b@192.0.2.1")
    others = world.fanout.audience_of_rooms(mallory.rooms)
    spans = []
    for _ in range(5):
        world.fanout.tell(others, message)
        begin = time.thread_time()
        stage.house.server.fanout.flush_to_outboxes()
        spans.append(time.thread_time() - begin)
        stage.house.server.flush()
        stage.drain()
    return median(spans) / size(others) * _US


def _ping(stage: Stage) -> float:
    case = Case("PING", "", lambda _scene: "PING :x")
    readings = [_measured(stage, case, number) for number in range(10)]
    return median(sum(one.ticks) for one in readings) / 2


def _cost(stage: Stage, case: Case, put: float, ping: float) -> Cost:
    size: Size = stage.size
    readings: list[Reading] = []
    begin = time.monotonic()
    while len(readings) < size.repetitions:
        readings.append(_measured(stage, case, len(readings)))
        if readings[-1].late:
            break
        if time.monotonic() - begin > size.seconds and len(readings) >= min(3, size.repetitions):
            break
    owns = [_own(one, put) for one in readings]
    lines, longest = sorted(own[0] for own in owns), sorted(max(own) for own in owns)
    quarter = len(owns) // 4
    totals = [sum(one.ticks) - (0 if case.until else ping) for one in readings]
    last = readings[-1]
    return Cost(
        case,
        line=lines[quarter],
        worst=longest[-1],
        tick=longest[quarter],
        total=max(0.0, median(totals)),
        ticks=round(median(len(one.ticks) for one in readings)),
        heard=last.heard,
        answer=last.answer,
        ended=last.ended and not case.until,
        late=any(one.late for one in readings),
    )


def _own(reading: Reading, put: float) -> list[float]:
    """Each tick without its bare deliveries to others.

    Those are the flush, where others heard of it (a `send` of more bytes costs more), and what was
    put into outboxes. Finding out who gets what is the line's own, also where the flush does it.
    """
    return [
        max(0.0, tick - (flush if reading.heard else 0.0) - max(0, written - 1) * put)
        for tick, flush, written in zip(
            reading.ticks, reading.flushes, reading.written, strict=True
        )
    ]


def _measured(stage: Stage, case: Case, number: int) -> Reading:
    """One repetition. What it leaves behind is put right before the next."""
    scene = Scene(number, stage.crowds, stage.rooms, stage.people, stage.size.most_bytes)
    if case.fresh:
        stage.dismiss(case.actor)
    actor = stage.actor(case.actor)
    _act(stage, case.before, scene)
    stage.drain()
    reading = _read(stage, actor, case, case.line(scene))
    _act(stage, case.after, scene)
    if case.fresh or reading.late:
        stage.dismiss(case.actor)
    return reading


def _act(stage: Stage, steps: Iterable[tuple[str, Callable[[Scene], Line]]], scene: Scene) -> None:
    for name, line in steps:
        actor = stage.actor(name)
        plain = name in PLAIN_ACTORS
        actor.seen = b""  # or the last barrier's answer would pass for this one's
        actor.send(_bytes(line(scene)) + b"\r\n" + _BARRIERS[plain][0])
        actor.await_(_BARRIERS[plain][1].pattern.decode())


def _read(stage: Stage, actor: Actor, case: Case, line: Line) -> Reading:
    barrier, pattern = _BARRIERS[case.actor in PLAIN_ACTORS]
    waits = not case.until
    if case.until:
        pattern = re.compile(case.until.encode())
    ticks, flushes, written = [], [], []
    heard: set[int] = set()
    answer = 0
    actor.seen = b""
    actor.send(_bytes(line) + b"\r\n")
    begin = time.monotonic()
    late = False
    while not late:
        step = stage.house.step()
        ticks.append(step.total * _US)
        flushes.append(step.flush * _US)
        written.append(step.written)
        # At once, off the clock: 40 ms later, the kernel would acknowledge for hundreds who have
        # not read yet, all together, in 2 ms that it counts as the loop's.
        heard |= stage.drain()
        before = len(actor.seen)
        actor.read()
        answer += max(0, len(actor.seen) - min(before, 300))
        if waits and not actor.ended:
            actor.send(barrier)
            waits = False
        elif _is_over(stage, actor, pattern):
            break
        late = time.monotonic() - begin - sum(ticks) / _US > PATIENCE
    heard |= stage.drain()
    return Reading(
        tuple(ticks), tuple(flushes), tuple(written), len(heard), answer, actor.ended, late
    )


def _is_over(stage: Stage, actor: Actor, end: re.Pattern[bytes]) -> bool:
    """Whether the answer has come, and everybody has been told: thousands are told in portions."""
    return not stage.house.server.is_writing and (actor.ended or bool(end.search(actor.seen)))


def _bytes(line: Line) -> bytes:
    return line if isinstance(line, bytes) else line.encode()


def rows(costs: Iterable[Cost]) -> Rows:
    """The worst case of each row, as a table."""
    worst: dict[str, Cost] = {}
    for cost in costs:
        best = worst.get(cost.case.row)
        if best is None or cost.judged > best.judged:
            worst[cost.case.row] = cost
    table = [["row", "its worst line", "line µs", "longest tick µs", "answer µs", "in ticks",
              "heard by", ""]]  # fmt: skip
    for cost in sorted(worst.values(), key=lambda one: -one.judged):
        verdict = "pass" if cost.judged <= MOST else "FAIL"
        table.append([
            cost.case.row, cost.case.title.replace("|", "\\|"), number(cost.line),
            number(cost.tick), number(cost.total), str(cost.ticks), str(cost.heard), verdict,
        ])  # fmt: skip
    return table
