"""The history against a plain list: whatever is said, redacted, sealed, deleted or restarted, every
kind of question gets the list's answer. CHATHISTORY is asked as a client asks it."""

import sqlite3
import tempfile
from dataclasses import dataclass
from itertools import dropwhile, takewhile
from math import inf
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from chat import people
from chatroom.store.database import HISTORY_FILE, StoreError
from chatroom.store.history import History
from chatroom.store.recording import STEADY_MS
from chatroom.text.search_query import Query
from chatroom.wire.message import Message, decode
from chatroom.wire.names import fold
from chatroom.wire.reference import format_time, parse_time
from examples import examples
from store.talk import NOW, Searched, ask, keeping

ROOMS = ["#general", "#General", "#Ärger", "#ärger", "#x"]
SPEAKERS = ["alice!al@192.0.2.1", "Bob!bob@h", "日本!j@h"]
WORDS = ["tea", "Tee", "茶", "🍵", "čaj", "x"]
CAPABILITIES = frozenset(
    {"batch", "server-time", "message-tags", "draft/chathistory", "draft/event-playback"}
    | {"draft/message-redaction"}
)
PLAYED_BACK = {"PRIVMSG", "NOTICE", "TAGMSG", "JOIN", "TOPIC", "REDACT"}
DAY_MS = 86_400_000

rooms = st.sampled_from(ROOMS)
limits = st.integers(1, 8)
picks = st.integers(0, 1000)


@dataclass
class Entry:
    """One line of the model; its place in the list is the order."""

    message: Message
    sealed: bool = False
    written: bool = False
    place: int = 0

    @property
    def room(self) -> str:
        return fold(self.message.params[0])

    @property
    def at(self) -> int:
        return parse_time(self.message.tags["time"])

    @property
    def msgid(self) -> str:
        return self.message.tags["msgid"]


@dataclass
class Reference:
    """A reference as it is typed; what is before `start` is before it, behind `end` after it."""

    text: str
    at: int
    start: int
    end: int
    order: tuple[int, float]
    """The place in time, and the index there, by which BETWEEN knows which is the later one."""

    def is_after(self, index: int, _entry: Entry) -> bool:
        return index > self.end

    def is_before(self, index: int, _entry: Entry) -> bool:
        return index < self.start


@settings(max_examples=examples(10), stateful_step_count=40, deadline=None)
class Model(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.path = Path(self.directory.name)
        self.now = NOW
        self.place = 0
        self.world = people.a_world()
        self.asker = people.arrive(self.world, "asker", CAPABILITIES)
        self.entries: list[Entry] = []
        self.open()

    def open(self) -> None:
        self.history = History(self.path, "process")
        self.index = Searched(self.path)
        self.world.log = self.history  # type: ignore[assignment]

    def close(self) -> None:
        self.index.close()
        self.history.close()

    def teardown(self) -> None:
        self.close()
        self.directory.cleanup()

    # What happens

    @rule(
        room=rooms,
        command=st.sampled_from(["PRIVMSG", "PRIVMSG", "NOTICE", "JOIN", "TOPIC", "TAGMSG"]),
        words=st.lists(st.sampled_from(WORDS), max_size=4),
        source=st.sampled_from(SPEAKERS),
        reply=st.sampled_from(["", "", "a;b c"]),
        step=st.sampled_from([0, 0, 0.001, 0.0004, 3600, -0.001, -7200]),
    )
    def post(
        self, room: str, command: str, words: list[str], source: str, reply: str, step: float
    ) -> None:
        self.now += step
        params = (room,) if command in ("JOIN", "TAGMSG") else (room, ", ".join(words))
        tags = {"+draft/reply": reply} if reply else {}
        stamped = self.history.record(room, Message(command, params, source, tags), self.now)
        assert stamped._replace(tags=tags) == Message(command, params, source, tags)
        self.place, at = max(self.place, round(self.now * 1000)), Entry(stamped).at
        assert at == (self.place if self.place - at <= STEADY_MS else round(self.now * 1000))
        assert abs(at - round(self.now * 1000)) <= STEADY_MS  # the clock is believed
        assert stamped.tags["msgid"] not in [entry.msgid for entry in self.entries]
        self.entries.append(Entry(_plain(stamped), place=self.place))

    @rule()
    def commit(self) -> None:
        self.history.commit()
        for entry in self.entries:
            entry.written = True

    @rule()
    @precondition(lambda self: self.history.pending)
    def commit_in_vain(self) -> None:
        self.history.wait_for_locks(0)
        stranger = sqlite3.connect(self.path / HISTORY_FILE, isolation_level=None)
        stranger.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError):
            self.history.commit()
        stranger.close()

    @rule(pick=picks, reason=st.sampled_from([(), ("typo",)]), own=st.booleans())
    @precondition(lambda self: self.entries)
    def redact(self, pick: int, reason: tuple[str, ...], own: bool) -> None:
        entry = self.entries[pick % len(self.entries)]
        room, msgid = entry.message.params[0], entry.msgid
        author = self.history.author(room.upper(), msgid)
        self.commit()  # `author` has
        if entry.message.command not in ("PRIVMSG", "NOTICE", "TAGMSG"):
            assert author is None
            return
        assert author == entry.message.source
        redaction = Message("REDACT", (room, msgid, *reason), SPEAKERS[0])
        if own:  # those of older versions have none
            redaction = self.history.stamp(redaction, self.now)
        self.index.forget(*self.history.redact_row(room, msgid, redaction))
        assert self.history.number_of(msgid) == self.history.number_of(
            redaction.tags.get("msgid", msgid)
        )
        tags = {key: entry.message.tags[key] for key in ("time", "msgid")}
        tags |= {key: value for key, value in redaction.tags.items() if key == "msgid"}
        entry.message = _plain(redaction._replace(tags=tags))

    @rule(room=rooms)
    def seal(self, room: str) -> None:
        self.history.seal(room, self.now)
        self.place = max(self.place, round(self.now * 1000)) + 1
        for entry in self.entries:
            entry.sealed = entry.sealed or entry.room == fold(room)

    @rule(kept=st.integers(1, 5))
    def shorten(self, kept: int) -> None:
        self.commit()
        keeping(self.path, self.index, 0, kept).run(self.now)
        for room in {entry.room for entry in self.entries}:
            here = [entry for entry in self.entries if entry.room == room]
            said = [
                entry for entry in here if entry.message.command in ("PRIVMSG", "NOTICE", "REDACT")
            ]
            if len(said) >= kept:  # joins and the like go with the talk that they came before
                for entry in here[: here.index(said[-kept])]:
                    self.entries.remove(entry)

    @rule()
    def forget_the_old(self) -> None:
        self.commit()
        latest = max((entry.place for entry in self.entries), default=0)
        ask(self.path, "DELETE FROM meta WHERE key = 'ages'")
        keeping(self.path, self.index, 1, 0).run(latest / 1000)  # it notes all that is there
        self.now = max(self.now, latest / 1000) + DAY_MS / 1000 + 1
        self.post("#x", "PRIVMSG", ["tea"], SPEAKERS[0], "", 0)
        self.commit()
        keeping(self.path, self.index, 1, 0).run(self.now)
        self.entries = self.entries[-1:]

    @rule()
    def restart(self) -> None:
        self.commit()
        self.close()
        self.open()

    # What is asked

    def reference(self, room: str, pick: int) -> Reference:
        """A message of the room by its msgid, or a time at, before or after one."""
        here = [
            (index, entry)
            for index, entry in enumerate(self.entries)
            if entry.room == fold(room) and not entry.sealed
        ]
        if not here:
            return self.moment(room, round(self.now * 1000))
        index, entry = here[pick % len(here)]
        kind = pick // len(here) % 4
        if kind == 0:
            return Reference(f"msgid={entry.msgid}", entry.at, index, index, (entry.place, index))
        return self.moment(room, entry.at + kind - 2)

    def moment(self, room: str, at: int) -> Reference:
        """A time: at the first messages in a row that have it. A time that none has: backwards from
        behind the closest before, forwards from its place, which everything later is behind."""
        here = [(i, e) for i, e in enumerate(self.entries) if e.room == fold(room)]
        text = f"timestamp={format_time(at)}"
        from_it_on = list(dropwhile(lambda one: one[1].at != at, here))
        if run := [i for i, _ in takewhile(lambda one: one[1].at == at, from_it_on)]:
            last = run[-1]
            return Reference(text, at, run[0], last, (self.entries[last].place, last))
        _, closest = max(((e.at, i) for i, e in here if e.at < at), default=(0, -1))
        end = max((i for i, e in here if e.place <= at), default=-1)
        assert all(i > end for i, e in here if e.at > at)
        return Reference(text, at, closest + 1, end, (at, inf))

    def shown(self, room: str) -> list[tuple[int, Entry]]:
        return [
            (index, entry)
            for index, entry in enumerate(self.entries)
            if entry.room == fold(room)
            and not entry.sealed
            and entry.message.command in PLAYED_BACK
        ]

    def answer(self, *words: str) -> list[Message]:
        people.say(self.asker, " ".join(("CHATHISTORY", *words)))
        first, *lines = people.heard(self.asker)
        if " INVALID_TARGET " in first:  # nothing of the room can be read: is that so?
            assert not self.shown(words[1])
            return []
        last = lines.pop()
        assert " BATCH +" in first
        assert " BATCH -" in last
        messages = [decode(line.encode()) for line in lines]
        return [_plain(message) for message in messages if message]

    @rule(room=rooms, pick=picks, limit=limits, star=st.booleans())
    def latest(self, room: str, pick: int, limit: int, star: bool) -> None:
        ref = self.reference(room, pick)
        entries = [e for i, e in self.shown(room) if star or ref.is_after(i, e)]
        expected = [entry.message for entry in _last(entries, limit)]
        assert self.answer("LATEST", room, "*" if star else ref.text, str(limit)) == expected

    @rule(room=rooms, pick=picks, limit=limits)
    def before(self, room: str, pick: int, limit: int) -> None:
        ref = self.reference(room, pick)
        entries = [e for i, e in self.shown(room) if ref.is_before(i, e)]
        expected = [entry.message for entry in _page(entries, limit, ref, newest=True)]
        assert self.answer("BEFORE", room, ref.text, str(limit)) == expected

    @rule(room=rooms, pick=picks, limit=limits)
    def after(self, room: str, pick: int, limit: int) -> None:
        ref = self.reference(room, pick)
        entries = [e for i, e in self.shown(room) if ref.is_after(i, e)]
        expected = [entry.message for entry in _page(entries, limit, ref, newest=False)]
        assert self.answer("AFTER", room, ref.text, str(limit)) == expected

    @rule(room=rooms, pick=picks, limit=limits)
    def around(self, room: str, pick: int, limit: int) -> None:
        ref = self.reference(room, pick)
        entries = self.shown(room)
        earlier = _last([e for i, e in entries if ref.is_before(i, e)], limit // 2)
        rest = [e for i, e in entries if not ref.is_before(i, e)]
        later = _first(rest, limit - sum(map(_counts, earlier)))
        expected = [entry.message for entry in earlier + later]
        assert self.answer("AROUND", room, ref.text, str(limit)) == expected

    @rule(room=rooms, one=picks, other=picks, limit=limits)
    def between(self, room: str, one: int, other: int, limit: int) -> None:
        first, second = self.reference(room, one), self.reference(room, other)
        forwards = first.order <= second.order
        low, high = (first, second) if forwards else (second, first)
        entries = [e for i, e in self.shown(room) if low.is_after(i, e) and high.is_before(i, e)]
        entries = _page(entries, limit, first, newest=not forwards)
        expected = [entry.message for entry in entries]
        assert self.answer("BETWEEN", room, first.text, second.text, str(limit)) == expected

    @rule(room=rooms, pick=picks)
    @precondition(lambda self: self.entries)
    def a_message_of_another_room(self, room: str, pick: int) -> None:
        entry = self.entries[pick % len(self.entries)]
        found = self.history.point(room, entry.msgid)
        assert (found is not None) == (entry.room == fold(room) and not entry.sealed)

    @rule(
        words=st.lists(st.sampled_from(WORDS), max_size=2),
        source=st.sampled_from(["", *SPEAKERS]),
        room=st.sampled_from(["", *ROOMS]),
        forbidden=st.sampled_from(["", *ROOMS]),
        pick=picks,
        limit=limits,
    )
    def search(
        self, words: list[str], source: str, room: str, forbidden: str, pick: int, limit: int
    ) -> None:
        self.commit_seals()
        pivot = self.reference(ROOMS[0], pick).at
        bounds: dict[str, Any] = [{}, {"after": pivot}, {"before": pivot}][pick % 3]
        author = source.partition("!")[0]
        query = Query(tuple(map(str.upper, words)), author.upper(), room, **bounds)
        expected = [
            entry.message
            for entry in reversed(self.entries)
            if _said(entry)
            and entry.written
            and not entry.sealed
            and set(words) <= set(entry.message.params[1].split(", "))
            and (not source or entry.message.source == source)
            and (not room or entry.room == fold(room))
            and entry.room != fold(forbidden)
            and bounds.get("after", 0) <= entry.at < bounds.get("before", 2**60)
        ]
        found = self.index.find(query, limit, forbidden=[fold(forbidden)])
        assert [_plain(message) for message in found] == expected[:limit]
        if found:
            below = self.history.number_of(found[-1].tags["msgid"])
            rest = self.index.find(query, 1000, forbidden=[fold(forbidden)], below=below)
            assert [_plain(message) for message in rest] == expected[limit:]

    def commit_seals(self) -> None:
        """A search sees what is on disk; `HistoryService.find` leaves out what is being sealed."""
        if self.history.sealing:
            self.commit()


def _counts(entry: Entry) -> bool:
    """Neither redactions nor reactions take a place of those that are asked for."""
    return entry.message.command not in ("REDACT", "TAGMSG")


def _first(entries: list[Entry], limit: int) -> list[Entry]:
    """Up to the last one that counts; all of them if no more follow that count."""
    if limit and sum(map(_counts, entries)) <= limit:
        return entries
    found: list[Entry] = []
    for entry in entries:
        if sum(map(_counts, found)) >= limit:
            break
        found.append(entry)
    return found


def _last(entries: list[Entry], limit: int) -> list[Entry]:
    return _first(entries[::-1], limit)[::-1]


def _page(entries: list[Entry], limit: int, ref: Reference, newest: bool) -> list[Entry]:
    """By a time, with all that has the time of the page's last message."""
    ordered = entries[::-1] if newest else entries
    some = _first(ordered, limit)
    rest = ordered[len(some) :]
    if ref.text.startswith("timestamp=") and rest and some:
        edge = [entry for entry in some if _counts(entry)][-1].at
        for at, entry in enumerate(rest):
            if _counts(entry):
                if entry.at != edge:
                    break
                some = ordered[: len(ordered) - len(rest) + at + 1]
        else:
            some = some if not any(map(_counts, rest)) else ordered
    return some[::-1] if newest else some


def _said(entry: Entry) -> bool:
    return entry.message.command in ("PRIVMSG", "NOTICE")


def _plain(message: Message) -> Message:
    """To be compared: a room may be written as it was when the history first heard of it."""
    tags = {key: value for key, value in message.tags.items() if key != "batch"}
    room, *params = message.params
    return message._replace(params=(fold(room), *params), tags=tags)


TestModel = pytest.mark.slow(Model.TestCase)
