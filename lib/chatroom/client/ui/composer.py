"""Sends what the person says, in the current conversation or elsewhere: messages, replies,
reactions and deletions. Sans I/O."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from chatroom.client.errors import NOWHERE, CommandError, Unheard
from chatroom.client.history.receipts import Receipts
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.transfer.uploaded import Uploaded
from chatroom.client.ui.buffers import Buffer, BufferLine
from chatroom.client.ui.context import Context
from chatroom.client.ui.display import Display
from chatroom.client.ui.entries import Entry, Weighed
from chatroom.client.ui.markup import one_emoji, with_codes, with_emoji
from chatroom.client.ui.outbox import Outbox, OutboxLine
from chatroom.client.ui.own_reactions import OwnReactions
from chatroom.client.ui.presence import Presence
from chatroom.text.display import visible
from chatroom.wire.capabilities import REACTIONS
from chatroom.wire.message import NO_TAGS, LineTooLong
from chatroom.wire.names import bare

REPLY, REACT, UNREACT = "draft/reply", "draft/react", "draft/unreact"
"""Client tags (IRCv3 client-tags/reply and react), without their `+`."""

NAMELESS = (
    "The server gave that line no msgid, so you cannot reply to it, react to it or delete it."
)

BLANK = " "
"""Sent in place of a single blank line, because a message cannot be empty."""

USUAL_BURST, USUAL_RATE = 40, 4
"""The messages that a server accepts at once, and in each second after that. These are Chatroom's
default limits, because no server announces its own. Most other servers are slower."""


NICK_SIGNS = tuple("_[]\\`^{|}")
"""The characters besides letters with which a nickname may begin."""


class PendingRedaction(NamedTuple):
    """A line to delete as soon as the server has sent its msgid."""

    line: BufferLine
    target: str
    reason: str


class Composer:
    """Sends what the person says."""

    def __init__(
        self,
        context: Context,
        display: Display,
        presence: Presence,
        receipts: Receipts,
        outbox: Outbox,
        happened: Callable[[Event], None],
    ) -> None:
        self._context = context
        self._display = display
        self._presence = presence
        self._receipts = receipts
        self._outbox = outbox
        self._happened = happened
        self._taken_back: list[PendingRedaction] = []
        self._reactions = OwnReactions()

    def say(
        self,
        text: str,
        action: bool = False,
        tags: Mapping[str, str] = NO_TAGS,
        where: Buffer | None = None,
    ) -> None:
        """Say or do something in a conversation, by default the current one. Raises Unheard."""
        target = self._to(where or self._display.buffers.current)
        self.tell(target, text, action, tags)

    def announce(self, where: Buffer, uploaded: Uploaded, words: str = "") -> None:
        """Say in a conversation that a file is there. Raises Unheard."""
        text = uploaded.text(self._meant(words) if words else "")
        line = OutboxLine(self._to(where), text, tags=uploaded.tags, meant=True)
        self.send(line)

    def tell(
        self, target: str, text: str, action: bool = False, tags: Mapping[str, str] = NO_TAGS
    ) -> None:
        """Say something to a room or a person; without a connection, it is sent later."""
        self.send(OutboxLine(target, text, action, tags))

    def send(self, unsaid: OutboxLine) -> None:
        """Send a line, or keep it in the outbox while there is no connection."""
        target, text, action, tags, alone, meant = unsaid
        if self._context.away:
            self._outbox.keep(unsaid)
        elif alone:
            self._tag(target, tags)
        elif "\n" in text:
            self._say_all(target, text.split("\n"), meant)
        else:
            text = text if meant else self._meant(text)
            self._said(self._context.session.say(target, text, action, tags))

    def _said(self, said: events.Said) -> None:
        self._receipts.said(said)
        self._presence.said()
        self._happened(said)

    # Several lines

    def paste(self, pasted: Entry) -> bool:
        """Send a pasted text, or as much of it as the server accepts now. Returns whether that is
        all.

        It is sent as one message if possible, otherwise line by line: call again. Raises
        CommandError if nobody would receive it.
        """
        target = self._to(pasted.where or self._display.buffers.current)
        rest = pasted.lines[pasted.sent :]
        if self._context.away:
            self.send(OutboxLine(target, "\n".join(rest)))
            return True
        if not pasted.sent and self.say_lines(rest, target):
            return True
        self.tell(target, rest[0] or BLANK)
        pasted.sent += 1
        return pasted.sent == len(pasted.lines)

    def say_lines(self, lines: Sequence[str], target: str = "", meant: bool = False) -> bool:
        """Send several lines as one message. Returns False if they have to be sent one by one."""
        if len(lines) < 2 or not self._context.connected:
            return False
        words = lines if meant else [self._meant(line) for line in lines]
        try:
            said = self._context.session.say_lines(target or self._to(self._here()), words)
        except LineTooLong:
            return False  # the first of them, said alone, tells the person why
        if said is None:
            return False
        self._said(said)
        return True

    def _say_all(self, target: str, lines: Sequence[str], meant: bool) -> None:
        if not self.say_lines(lines, target, meant):
            for line in lines:
                self.send(OutboxLine(target, line or BLANK, meant=meant))

    def weigh(self, lines: Sequence[str]) -> Weighed:
        """The question whether to send a pasted text; it says what the text would become in the
        current conversation."""
        display, session = self._display, self._context.session
        what = "this line" if len(lines) == 1 else f"{len(lines)} lines"
        to = visible(bare(display.here)) or "nobody"
        if self._context.away:
            return Weighed(len(lines), f"Keep {what} for {to} until the connection is back?")
        if display.absent:
            return Weighed(len(lines), f"{display.absent} Send {what} there?")
        try:
            messages = session.messages(
                display.here, [self._meant(line) or BLANK for line in lines]
            )
        except LineTooLong:
            messages = len(lines)
        if messages == 1:
            return Weighed(1, f"Send {what} to {to} as one message?")
        seconds = (messages - USUAL_BURST) / USUAL_RATE
        time = f", in about {told_time(seconds)}" if seconds >= 1 else ""
        return Weighed(messages, f"Send {what} to {to} as {messages} messages{time}?")

    def _meant(self, text: str) -> str:
        """The typed text with its marks interpreted; lines of scripts are sent unchanged."""
        settings = self._context.settings
        if not self._context.person:
            return text
        if settings.on("emoji"):
            text = with_emoji(text)
        return with_codes(text) if settings.on("format") else text

    def _here(self) -> Buffer:
        current = self._display.buffers.current
        if current is None:
            raise CommandError(NOWHERE)
        return current

    def _to(self, conversation: Buffer | None) -> str:
        """The target of a message in that conversation. Raises Unheard."""
        if conversation is None:
            raise Unheard(NOWHERE)
        absent = self._display.absence(conversation)
        if absent:
            raise Unheard(absent)
        return conversation.name

    # About earlier lines

    def reply(self, text: str) -> None:
        """`[N|NICK] TEXT`, by default to the last line of somebody else."""
        self._need(REPLY, "replies")
        line, text = self._about(text)
        self.say(text, tags={f"+{REPLY}": _msgid(line)})

    def react(self, text: str, tag: str = REACT) -> None:
        """`[N|NICK] REACTION`, by default to the last line of somebody else."""
        self._need(tag, "reactions")
        line, text = self._about(text)
        reaction = one_emoji(text)
        if not reaction:
            raise CommandError(_why_no_reaction(text))
        tags = {f"+{tag}": reaction, f"+{REPLY}": _msgid(line)}
        command = "react" if tag == REACT else "unreact"
        self.send(
            OutboxLine(self._to(self._here()), f"/{command} {reaction}", tags=tags, alone=True)
        )

    def _tag(self, target: str, tags: Mapping[str, str]) -> None:
        """Send only tags: a reaction, which is shown as others see it."""
        removed = f"+{UNREACT}" in tags
        self._need(UNREACT if removed else REACT, "reactions")
        reaction, msgid = tags[f"+{UNREACT if removed else REACT}"], tags[f"+{REPLY}"]
        if removed and self._is_missing(msgid, reaction):
            raise CommandError(f"You have not reacted with {reaction} to that line.")
        self._context.session.tagged(target, tags)
        state = self._context.session.state
        room = target if state.is_room(target) else ""
        self._happened(events.Reacted(room, state.nick, "", msgid, reaction, removed, own=True))

    def _is_missing(self, msgid: str, reaction: str) -> bool:
        """Whether there is certainly no such reaction of ours. Pages of the history may omit
        reactions."""
        agreed = self._context.session.agreed
        stands = self._reactions.stands(msgid, reaction)
        if stands is not None:
            return not stands
        told_all = agreed(REACTIONS) or not agreed("draft/chathistory")
        return told_all and self._reactions.complete

    def heard(self, event: Event) -> None:
        """Note our own reactions, from this client or another, live or on a page of the history."""
        state = self._context.session.state
        if isinstance(event, events.Reacted) and event.own:
            self._reactions.happened(event, self._context.now)
        elif isinstance(event, events.HistoryPage):
            for each in event.entries:
                if isinstance(each, events.Reacted) and state.is_own(each.sender):
                    self._reactions.told(each)

    def redact(self, text: str) -> None:
        """`[N] [REASON]`, by default our own last line."""
        if not self._context.session.agreed("draft/message-redaction"):
            raise CommandError("This server cannot delete messages.")
        word, _, rest = text.partition(" ")
        self._check_no_nickname(text)
        line = self._numbered(int(word)) if _is_number(word) else None
        line, reason = (line, rest.strip()) if line else (self._last(own=True), text.strip())
        meant = PendingRedaction(line, self._here().name, reason)
        if line.named:
            self._redact(meant)
        elif line.labels and self._context.session.agreed("echo-message"):
            self._taken_back.append(meant)
        else:
            raise CommandError(NAMELESS)

    def _check_no_nickname(self, text: str) -> None:
        """Check that the reason is not just somebody's nickname, which other commands take: they
        did not mean our own last line."""
        state = self._context.session.state
        room = state.room(self._here().name)
        name = text.strip().removeprefix("@").rstrip(":,")
        if room is not None and state.fold(name) in room.members and not state.is_own(name):
            raise CommandError(
                f"/redact takes the line's number, such as /redact 3. /redact all from {name}"
                f" deletes all that {name} said."
            )

    def _redact(self, meant: PendingRedaction) -> None:
        for msgid in meant.line.msgids:
            reason = filter(None, [meant.reason])
            self._context.session.send("REDACT", meant.target, msgid, *reason)

    def delivered(self, label: str, msgid: str) -> None:
        """The server has sent the msgid of a line of ours, or of a part of it."""
        line = self._display.buffers.labelled(label) if msgid else None
        if line is None or line.named:
            return
        line.msgids.append(msgid)
        waiting = [each for each in self._taken_back if each.line is line and line.named]
        self._taken_back = [each for each in self._taken_back if each not in waiting]
        for each in waiting:
            self._redact(each)

    def forget(self) -> None:
        """The connection is lost, so no more msgids of earlier lines will come."""
        self._taken_back.clear()

    def _need(self, tag: str, what: str) -> None:
        """Check that the server supports it; without a connection that is not known, and so it is
        allowed."""
        session = self._context.session
        if self._context.away:
            return
        if not (session.agreed("message-tags") and session.state.relays(tag)):
            raise CommandError(f"This server does not support {what}.")

    def _about(self, text: str) -> tuple[BufferLine, str]:
        """The line that the text is about, and the rest of the text."""
        word, _, rest = text.partition(" ")
        line = self._named(word) if rest.strip() else None
        return (line, rest.strip()) if line else (self._last(own=False), text)

    def _named(self, word: str) -> BufferLine | None:
        """The line that a number or a nickname means; None for any other word.

        Raises CommandError for somebody here without a recent line, because a message for them must
        not become a reply to somebody else.
        """
        if _is_number(word):
            return self._numbered(int(word))
        state, here = self._context.session.state, self._here()
        name = word.removeprefix("@").rstrip(":,")
        nick = state.fold(name)
        theirs = (line for line in reversed(here.kept) if state.fold(line.said.sender) == nick)
        line = next(theirs, None)
        room = state.room(here.name)
        if line is None and (word.startswith("@") or (room is not None and nick in room.members)):
            raise CommandError(f"{name} has no recent line here.")
        return line

    def _numbered(self, number: int) -> BufferLine:
        """1 is the last line."""
        kept = self._here().kept
        if not kept:
            raise CommandError("Nothing has been said here yet.")
        if not 1 <= number <= len(kept):
            there = "is only 1 line" if len(kept) == 1 else f"are only {len(kept)} lines"
            raise CommandError(f"There {there} to choose from; 1 is the latest.")
        return kept[-number]

    def _last(self, own: bool) -> BufferLine:
        for line in reversed(self._here().kept):
            if (line.said.own or self._context.session.state.is_own(line.said.sender)) is own:
                return line
        nothing = "You have said nothing" if own else "Nobody else has said anything"
        raise CommandError(f"{nothing} here yet.")


def told_time(seconds: float) -> str:
    """A time in words."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"


def _why_no_reaction(text: str) -> str:
    """Why the text is not a reaction. In front of an emoji, a word was meant as a nickname."""
    word, _, rest = text.partition(" ")
    is_name = word[:1].isalpha() or word[:1] in NICK_SIGNS
    if is_name and one_emoji(rest):
        return f"Nobody called {word.rstrip(':,')} has said anything here."
    return f"{text} is not an emoji. Type one, or its name, such as :+1:."


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 4


def _msgid(line: BufferLine) -> str:
    if not line.msgids:
        raise CommandError(NAMELESS)
    return line.msgids[0]
