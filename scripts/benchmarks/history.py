"""What a long history costs: reading it, searching it, writing it, and its size.

Reading and searching are asked of a real server process through a socket. The server's time for an
answer is the CPU time of its loop's thread, as the kernel counts it: a round trip holds the
client's work and what else the machine does as well. A search runs in a worker, so there it is the
round trip that counts, and a PING on another connection shows that the loop is free. What a commit
costs is CPU time of this process, which runs the same code as the loop; its mean is judged.
"""

import gc
import random
import re
import shutil
import time
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from statistics import fmean

from benchmarks.corpus import BEGIN, STEP, Corpus, prepare, size
from benchmarks.report import Report
from benchmarks.service import PING, PONG, Service, pings_during
from chatroom.store.checkpoint import checkpoint
from chatroom.store.database import SEARCH_FILE
from chatroom.store.history import History
from chatroom.store.search import SearchIndex
from chatroom.wire.message import Message

READ_MS, SEARCH_MS, PING_MS = 2.0, 50.0, 5.0
COMMIT_US, COMMIT_OF_100_US, MESSAGE_BYTES = 50.0, 5.0, 250.0

CAPABILITIES = "message-tags server-time batch draft/chathistory soju.im/search"
BATCH_END = re.compile(rb"BATCH -\S+\r\n$")
PAGE_END = re.compile(BATCH_END.pattern + rb"|INVALID_TARGET [^\r\n]*\r\n$")
"""In a small history there are rooms where nothing was said."""

COMMITS_PER_CHECKPOINT = 200
"""As a server does that has a tick each 10 ms, and its upkeep each 2 seconds."""


def run(directory: Path, count: int, repetitions: int, report: Report) -> None:
    """Measure everything on a history of `count` messages, which is kept in `directory`."""
    made, copy = directory / f"history-{count}", directory / "copy"
    prepare(made, count)
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(made, copy)
    measure_size(copy, count, report)
    with Service(copy) as service:
        measure_reading(service, repetitions, report)
        measure_search(service, repetitions, report)
    measure_commit(copy, repetitions, report)
    shutil.rmtree(copy)


def measure_size(data: Path, count: int, report: Report) -> None:
    """Bytes of the files, and what the index takes to be made."""
    report.heading("size, and making the index")
    history = size(data) / count
    index = SearchIndex(data)
    begin, cpu = time.perf_counter(), time.process_time()
    indexed = index.update()
    rate = indexed / (time.perf_counter() - begin)
    cost = (time.process_time() - cpu) / indexed
    index.close()
    words = size(data, SEARCH_FILE) / count
    report.add_one("history without index", "bytes/message", history)
    report.add_one("search index", "bytes/message", words)
    report.add_one("history with index", "bytes/message", history + words, MESSAGE_BYTES)
    report.add_one("indexing", "messages/s", rate)
    report.add_one("indexing, CPU", "us/message", cost * 1e6)


# Reading


def measure_reading(service: Service, repetitions: int, report: Report) -> None:
    """Joining with replay, and CHATHISTORY."""
    report.heading("reading: CPU of the loop")
    link = service.join("reader", CAPABILITIES)
    idle = [service.cost(link, PING, PONG) * 1e3 for _ in range(repetitions)]
    report.add("a PING, for comparison", "ms", idle)
    for name, capabilities in (("plain", ""), ("with tags", "message-tags server-time")):
        joins = islice(_joins(service, capabilities), repetitions)
        report.add(f"JOIN and replay of 20, {name}", "ms", list(joins), READ_MS)
    rooms, choose = Corpus().rooms, random.Random(2)
    for what, reference in (("LATEST", "*"), ("BEFORE", _early()), ("AROUND", _early())):
        costs = (
            service.cost(link, f"CHATHISTORY {what} {room} {reference} 100\r\n", PAGE_END) * 1e3
            for room in choose.choices(rooms, k=repetitions)
        )
        report.add(f"CHATHISTORY {what} 100", "ms", list(costs), READ_MS)
    link.close()


def _early() -> str:
    """A message reference some way from the beginning."""
    return f"timestamp={time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(BEGIN + STEP * 5000))}.000Z"


def _joins(service: Service, capabilities: str) -> Iterable[float]:
    """Milliseconds for joining each room for the first time, by one visitor after the other."""
    rooms, number = Corpus().rooms, 0
    while True:
        number += 1
        link = service.join(f"{'t' if capabilities else 'p'}{number}", capabilities)
        for room in rooms:
            yield service.cost(link, f"JOIN {room}\r\n{PING}", PONG) * 1e3
        link.close()


# Searching

Make = Callable[[Corpus], str]


def _day(days: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(BEGIN + days * 86400))


def _nick(source: str) -> str:
    return source.partition("!")[0]


def _common(corpus: Corpus) -> str:
    return corpus.random.choice(corpus.words[:20])


def _rare(corpus: Corpus) -> str:
    return corpus.random.choice(corpus.words[-1000:])


def _said(corpus: Corpus, count: int) -> str:
    return " ".join(corpus.text().split()[:count])


def _usual(corpus: Corpus, count: int) -> str:
    """The first letters of a word, chosen as often as it is used."""
    return corpus.choose(corpus.words)[0][:count]


SEARCHES: dict[str, Make] = {
    "a rare word": _rare,
    "a common word": _common,
    "a common and a rare word": lambda c: f"{_common(c)} {_rare(c)}",
    "four common words": lambda c: " ".join(c.random.sample(c.words[:20], 4)),
    "a phrase of two words": lambda c: f'"{_said(c, 2)}"',
    "a phrase of three words": lambda c: f'"{_said(c, 3)}"',
    "a phrase of two common words": lambda c: f'"{_common(c)} {_common(c)}"',
    "one letter*": lambda c: f"{_usual(c, 1)}*",
    "two letters*": lambda c: f"{_usual(c, 2)}*",
    "three letters*": lambda c: f"{_usual(c, 3)}*",
    "from:": lambda c: f"from:{_nick(c.random.choice(c.people))}",
    "from: and a common word": lambda c: f"from:{_nick(c.random.choice(c.people))} {_common(c)}",
    "in:": lambda c: f"in:{c.random.choice(c.rooms)}",
    "in: and a common word": lambda c: f"in:{c.random.choice(c.rooms)} {_common(c)}",
    "in: and a rare word": lambda c: f"in:{c.random.choice(c.rooms)} {_rare(c)}",
    "a week long ago, and a common word": lambda c: (
        f"after:{_day(5)} before:{_day(12)} {_common(c)}"
    ),
    "a word that nobody said": lambda c: f"{_rare(c)}q",
}


def measure_search(service: Service, repetitions: int, report: Report) -> None:
    """Each kind of search, asked through SEARCH; and what others notice meanwhile."""
    asker, pinger = service.join("asker", CAPABILITIES), service.join("pinger")
    corpus = Corpus(3, like=Corpus())
    questions = {
        name: [_question(make(corpus)) for _ in range(repetitions)]
        for name, make in SEARCHES.items()
    }
    report.heading("searching, the newest 100: round trip")
    for name, asked in questions.items():
        report.add(name, "ms", [asker.ask(one, BATCH_END) * 1e3 for one in asked], SEARCH_MS)
    report.heading("a PING on another connection: round trip")
    report.add("while nothing goes on", "ms", [pinger.ping() * 1e3 for _ in range(repetitions)])
    for name in ("a rare word", "a common word", "four common words", "three letters*"):
        times = [
            one * 1e3
            for question in questions[name]
            for one in pings_during(asker, question, BATCH_END, pinger)
        ]
        report.add(f"during searches: {name}", "ms", times, PING_MS)
    asker.close()
    pinger.close()


def _question(query: str) -> str:
    value = query.replace("\\", "\\\\").replace(";", "\\:").replace(" ", "\\s")
    return f"SEARCH text={value}\r\n"


# Writing


def measure_commit(data: Path, repetitions: int, report: Report) -> None:
    """CPU time of taking messages in and of committing them, by their number and their rooms."""
    report.heading("writing: CPU")
    corpus = Corpus(4)
    history = History(data, "process")
    for amount, rooms, target in (
        (1, 100, COMMIT_US), (100, 1, COMMIT_OF_100_US), (100, 10, COMMIT_OF_100_US),
        (100, 100, COMMIT_OF_100_US),
    ):  # fmt: skip
        name = f"{amount} in {min(amount, rooms)} room{'s' * (min(amount, rooms) > 1)}"
        ticks = [_tick(corpus, amount, rooms) for _ in range(repetitions * 5)]
        taken, committed = _write(data, history, ticks)
        report.add(f"record, {name}", "us/message", taken)
        report.add(f"commit, {name}", "us/message", committed)
        report.add_one(f"commit, {name}: mean", "us/message", fmean(committed), target)
        both = fmean(taken) + fmean(committed)
        report.add_one(f"both, {name}: mean", "us/message", both, target)
    history.close()


def _tick(corpus: Corpus, amount: int, rooms: int) -> list[Message]:
    """What so many people say in one tick, evenly in so many rooms."""
    messages = list(corpus.messages(amount))
    chosen = corpus.random.sample(corpus.rooms, rooms)
    return [
        message._replace(params=(chosen[number % rooms], message.params[1]))
        for number, message in enumerate(messages)
    ]


def _write(
    data: Path, history: History, ticks: list[list[Message]]
) -> tuple[list[float], list[float]]:
    """Microseconds of CPU for each message: to take it in, and to commit it."""
    taken, committed = [], []
    now = time.time()
    gc.collect()
    gc.freeze()  # the ticks that are still to come are nothing that a server has in memory
    for number, tick in enumerate(ticks):
        if number % COMMITS_PER_CHECKPOINT == 0:
            checkpoint(data)  # a worker's task
        now += 0.01
        begin = time.process_time()
        for message in tick:
            history.record(message.params[0], message, now)
        middle = time.process_time()
        history.make_durable()
        end = time.process_time()
        taken.append((middle - begin) * 1e6 / len(tick))
        committed.append((end - middle) * 1e6 / len(tick))
    return taken, committed
