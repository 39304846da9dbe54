"""Which conversation is the current one, and what is shown of the events that arrive. Sans I/O."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

from chatroom.client.errors import NOWHERE, ServiceError
from chatroom.client.limits import LIMITS
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event, Said
from chatroom.client.ui.buffers import EMPTY, Buffer, Buffers
from chatroom.client.ui.context import Context
from chatroom.client.ui.highlights import classify, is_ignored
from chatroom.client.ui.scrollback import Scrollback, divided
from chatroom.client.view.folding import Fold
from chatroom.client.view.lines import Line, Tone, ViewContext, info_line, no_files
from chatroom.client.view.past import history
from chatroom.client.view.people import room_table
from chatroom.client.view.rich import plain
from chatroom.client.view.show import show
from chatroom.text.display import local_moment, local_time, visible
from chatroom.wire.names import bare
from chatroom.wire.reference import format_time

ABSENT = "What you type here is not sent."

END_OF_MISSED = Line("--- you are up to date ---", Tone.NEWS)

LATELY = 30
"""The number of latest lines whose senders count as people whom one is talking with."""

_ELSEWHERE = (
    events.Joined,
    events.Left,
    events.Kicked,
    events.RoomRenamed,
    events.TopicChanged,
    events.ModesChanged,
)
"""Events of other rooms that are only shown with /set others show."""


class Display:
    """Shows events in the current conversation, and keeps the others for later."""

    def __init__(self, context: Context, scrollback: Scrollback) -> None:
        self.switching: Callable[[], None] = lambda: None
        """Called when another conversation is about to become the current one."""
        self.files: Callable[[Said], Iterable[str]] = no_files
        """Returns a line for each file that a message shows."""
        self._context = context
        self._scrollback = scrollback
        self.buffers = Buffers(context.fold)
        self.fold = Fold()
        self.patterns: deque[str] = deque()
        """The patterns of /rooms whose answers have not come yet, in order."""
        self.rooms_told: tuple[str, ...] = ()
        """The rooms of the server, from its last list."""
        self.echoed = False
        """Whether the line that was typed last is already on the screen."""
        self.begun = False
        """Whether a line is half typed; set by the loop."""
        self._entering: set[str] = set()
        self._leaving: set[str] = set()

    # The current conversation

    @property
    def here(self) -> str:
        """The current room or person; "" for none."""
        current = self.buffers.current
        return current.name if current else ""

    @property
    def room(self) -> str:
        """The current room; "" if there is none, or in a private conversation."""
        here = self.here
        return here if self._context.session.state.is_room(here) else ""

    @property
    def absent(self) -> str:
        """Why nobody would receive what is typed now, as a sentence; "" if somebody would."""
        current = self.buffers.current
        return self.absence(current) if current else NOWHERE

    def absence(self, conversation: Buffer) -> str:
        """Why nobody would receive what is typed in a conversation; "" if somebody would, or while
        there is no connection, because then it is not known."""
        state, name = self._context.session.state, conversation.name
        if self._context.away:
            return ""
        if not state.is_room(name):
            new = visible(conversation.renamed)
            return (
                f"{visible(name)} is now called {new}. Type /query {new} to talk to them."
                if new
                else ""
            )
        room = state.room(name)
        if room and room.entered:
            return ""
        called = visible(bare(name))
        return f"You are not in {called}. Type /join {called} to enter it."

    @property
    def place(self) -> ViewContext:
        """The context for views: the current room, the time and the settings."""
        settings, now = self._context.settings, self._context.now
        return ViewContext(
            self.room,
            now,
            settings["time"],
            settings.on("colours"),
            self._known,
            self.files,
            link=self._context.link,
        )

    def _known(self, msgid: str) -> Said | None:
        kept = self.buffers.kept(msgid)
        return kept.said if kept else None

    def go_to(self, name: str) -> None:
        """Switch to a conversation, and show the lines that were missed in it between two
        markers."""
        conversation = self.buffers.open(name)
        missed, unread = conversation.missed(), conversation.unread
        since = _since(conversation.first_unread())
        self.switching()
        self.buffers.switch(conversation)
        called = visible(bare(name))
        is_room = self._context.session.state.is_room(name)
        there = f"You are in {called} now." if is_room else f"You are talking to {called} now."
        self._show(info_line(self.absence(conversation) or there))
        if missed:
            self._show_missed(name, missed, unread)
        elif unread:
            self._show(_mark(f"{unread} unread, shown above{since}"))

    def _show_missed(self, name: str, missed: Sequence[Said], unread: int) -> None:
        """Show the lines that came meanwhile. Lines that the person has read on another device are
        above the marker."""
        today = local_moment({}, self._context.now).date()
        read, rest = divided(missed, self._scrollback.read_upto(name))
        if self._scrollback.read_upto(name) is None:
            read, rest = (), missed
        self._show(*history(read, self.place, last=today))
        if rest:
            mark = _mark(f"{max(unread, len(rest))} unread")
            self._show(mark, *history(rest, self.place, last=today))
        self._show(END_OF_MISSED)

    def entered(self, room: str) -> None:
        """We have entered a room. Switch to it if the person asked for it, and is not typing
        elsewhere."""
        wanted = self._fold(room) in self._entering
        self._entering.discard(self._fold(room))
        conversation = self.buffers.open(room)
        current = self.buffers.current
        hinders = self.begun and self._context.connected
        if current in (None, conversation) or (wanted and not hinders):
            self.buffers.switch(conversation)
            return
        called = visible(bare(room))
        self._show(info_line(f"You are now also in {called}. /switch {called} switches to it."))

    def left(self, room: str) -> None:
        """We have left a room. Others cannot make the view switch to another conversation, nor does
        it switch while a line is half typed."""
        wanted = self._fold(room) in self._leaving
        self._leaving.discard(self._fold(room))
        conversation = self.buffers.find(room)
        if conversation is None:
            return
        current = conversation is self.buffers.current
        if wanted and not (current and self.begun) and conversation.draft == EMPTY:
            self.close(conversation)
        else:
            self.shut_out(room)

    def shut_out(self, room: str) -> None:
        """We are no longer in a room, which stays on the screen."""
        called = visible(bare(room))
        if self._fold(room) == self._fold(self.here):
            self._show(info_line(f"{ABSENT} /join {called} enters it again, /close closes it."))

    def sent(self, command: str, params: Sequence[str]) -> None:
        """Note which rooms the person wants to enter or leave."""
        wanted = {"JOIN": self._entering, "PART": self._leaving}.get(command.upper())
        if wanted is not None and params and len(wanted) < LIMITS.rooms:
            wanted.update(map(self._fold, params[0].split(",")))

    def answered(self) -> None:
        """The server has processed everything: rooms that were to be entered are entered, or were
        refused."""
        self._entering.clear()

    def _fold(self, name: str) -> str:
        return self._context.session.state.fold(name)

    def close(self, conversation: Buffer) -> None:
        """Close a conversation; if it was the current one, switch to another."""
        was_current = conversation is self.buffers.current
        self.buffers.close(conversation)
        if not was_current:
            return
        rooms = [room.name for room in self._context.session.state.rooms.values() if room.entered]
        if rooms:
            self.go_to(rooms[-1])
        else:
            self._show(info_line(NOWHERE))

    @contextmanager
    def at(self, conversation: Buffer | None) -> Iterator[None]:
        """Act as if this conversation were the current one, unless the action itself switches."""
        before = self.buffers.current
        if conversation is None or conversation is before:
            yield
            return
        self.buffers.current = conversation
        try:
            yield
        finally:
            if self.buffers.current is conversation:
                self.buffers.current = before

    def switch_to(self, number: int) -> None:
        """Switch to the conversation of that number, if there is one (Alt-1 to Alt-9)."""
        conversation = self.buffers.numbered(number)
        if conversation and conversation is not self.buffers.current:
            self.go_to(conversation.name)

    def next_unread(self) -> None:
        """Switch to the next conversation with unread lines (Alt-a)."""
        conversation = self.buffers.next_unread()
        if conversation:
            self.go_to(conversation.name)
        else:
            self._show(info_line("There are no unread lines."))

    def echo(self, text: str) -> None:
        """Show a command as it was typed, once."""
        if not self.echoed:
            self._context.screen.typed_command(text)
        self.echoed = True

    # Incoming events

    def show(self, event: Event) -> None:
        """Show an event, if the settings say so. Messages are kept and counted, and may ring the
        bell."""
        if isinstance(event, Said):
            self._said(event)
            return
        room = getattr(event, "room", "")
        if isinstance(event, events.Reacted) and self._ignores(event):
            return
        if isinstance(event, events.TakenBack) and self.buffers.is_gone(event.msgid):
            return
        quiet = self._context.settings["others"] != "show" and room not in ("", self.room)
        if isinstance(event, events.RoomRenamed):
            self._log(event, event.old)
            self.buffers.rename_room(event.old, event.room)
        if isinstance(event, _ELSEWHERE) and not _is_own(event):
            self._log(event, room)
            if quiet or self._hides_joins(event) or self._folds(event):
                return
        if isinstance(event, events.RoomsListed):
            self.rooms_told = tuple(row.room for row in event.rows)
        if isinstance(event, events.RoomsListed) and self.patterns:
            self._show(room_table(event.rows, self.patterns.popleft()))
            return
        line = show(event, self.place)
        if line and isinstance(event, events.Joined | events.Left) and not _is_own(event):
            self._context.screen.show(line)  # those who are folded still share a line
        elif line:
            self._show(line)
        self._after(event)

    def _hides_joins(self, event: Event) -> bool:
        hidden = isinstance(event, events.Joined | events.Left)
        return hidden and self._context.settings["joins"] == "hide"

    def _folds(self, event: Event) -> bool:
        """Whether to show this join or leave later, in one line with others."""
        if not isinstance(event, events.Joined | events.Left) or not self._context.person:
            return False
        if self._context.settings["joins"] != "fold" or self._talks_with(event.nick, event.room):
            return False
        self.fold.add(event, self.place)
        return True

    def _talks_with(self, nick: str, room: str) -> bool:
        """Whether that person has said something lately, in this room or to us."""
        same, key = self._context.session.state.fold, self._context.session.state.fold(nick)
        conversation = self.buffers.find(room or self.here)
        lines = islice(reversed(conversation.kept), LATELY) if conversation else ()
        spoke = any(same(line.said.sender) == key for line in lines)
        return spoke or self.buffers.find(nick) is not None

    @property
    def due(self) -> float | None:
        """When `tick` has something to do, in UTC seconds."""
        return self.fold.due

    def tick(self) -> None:
        """Show the joins and leaves that are due."""
        if self.due is not None and self.due <= self._context.now:
            self._show()

    def _after(self, event: Event) -> None:
        match event:
            case events.Renamed(old, new):
                self.buffers.rename(old, new)
            case events.TakenBack():
                self.buffers.forget(event.msgid)

    def _said(self, said: Said) -> None:
        state, settings = self._context.session.state, self._context.settings
        heard = classify(_dated(said, self._context.now), self.buffers, state, settings)
        self._log(said, said.with_whom)
        if heard.calls:
            self._call(said)
        line = show(said, self.place._replace(calls=heard.calls and bool(said.room)))
        if line and heard.shown:
            self._scrollback.mark_day(said, self._context.now)
            self._show(line)

    def _call(self, said: Said) -> None:
        if not self._context.person:
            return
        if self._context.settings.on("bell"):
            self._context.screen.ring()
        if self._context.settings.on("notify"):
            self._context.screen.notify(f"{visible(said.sender)}: {plain(said.text)}")

    def _ignores(self, event: Said | events.Gone | events.Reacted) -> bool:
        if isinstance(event, events.Gone):
            return False
        state, settings = self._context.session.state, self._context.settings
        own = event.own or state.is_own(event.sender)
        return not own and is_ignored(event.sender, event.source, state, settings)

    def page(self, page: events.HistoryPage) -> list[Event]:
        """Show a page of the history. Returns the events to show after it as if they happened
        now."""
        scrollback = self._scrollback
        if scrollback.catches_up(page.room):
            return scrollback.page(page, self.place)
        page = self.heard_only(page)
        waited = scrollback.page(page, self.place)
        self.remember(page)
        return waited

    def remember(self, page: events.HistoryPage) -> None:
        """Keep the lines of a page, so that they can be replied to."""
        lines = [line for line in page.lines if isinstance(line, Said)]
        conversation = self.buffers.find(page.room)
        if conversation:
            self.buffers.prepend(conversation, lines)

    def heard_only(self, page: events.HistoryPage) -> events.HistoryPage:
        """The page without the messages of ignored people."""
        return page._replace(
            entries=tuple(each for each in page.entries if not self._ignores(each))
        )

    # The log

    def _log(self, event: Event, conversation: str) -> None:
        if not self._context.settings.on("log") or not conversation:
            return
        if isinstance(event, Said) and self._ignores(event):
            return
        line = show(event, ViewContext(conversation, self._context.now, "off"))
        if line is None:
            return
        moment = local_moment(getattr(event, "tags", {}), self._context.now)
        try:
            name = self._context.session.state.fold(conversation)
            self._context.services.log(name, f"{moment:%Y-%m-%d %H:%M:%S} {line.text}")
        except ServiceError as error:
            self._context.settings.set("log", "off")
            self._context.complain(f"{error} The log is off now.")

    def _show(self, *lines: Line) -> None:
        """Show lines, after the joins and leaves that are still folded."""
        folded = () if self.fold.due is None else self.fold.given(self.place)
        self._context.screen.show(*folded, *lines)


def _is_own(event: Event) -> bool:
    return bool(getattr(event, "own", False))


def _dated(said: Said, now: float) -> Said:
    """With the time of arrival, if the server does not say when it was said."""
    if "time" in said.tags:
        return said
    return said._replace(tags={"time": format_time(round(now * 1000)), **said.tags})


def _since(first: Said | None) -> str:
    """` since 15:04:05`, the time of the first unread line, if that is still kept."""
    return f" since {local_time(first.tags, 0.0)}" if first else ""


def _mark(text: str) -> Line:
    """The marker where reading stopped."""
    return Line(f"--- {text} ---", Tone.NEWS)
