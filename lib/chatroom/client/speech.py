"""Saying things: in the current conversation or elsewhere, as replies and reactions, and unsaying
them. Sans I/O."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from chatroom.client import events
from chatroom.client.comeback import Unsaid
from chatroom.client.commands.base import NOWHERE, CommandError
from chatroom.client.conversations import Conversation, Kept
from chatroom.client.markup import one_emoji, with_codes, with_emoji
from chatroom.wire.message import NO_TAGS, LineTooLong

if TYPE_CHECKING:
    from chatroom.client.chat import Chat

REPLY, REACT, UNREACT = "draft/reply", "draft/react", "draft/unreact"
"""Client tags (IRCv3 client-tags/reply and react), without their `+`."""

NAMELESS = "The server has given that line no name (msgid)."


class TakenBack(NamedTuple):
    """A line that is to be taken back as soon as the server has told how it is called."""

    line: Kept
    target: str
    reason: str


class Speech:
    """What the person says."""

    def __init__(self, chat: "Chat") -> None:
        self._chat = chat
        self._taken_back: list[TakenBack] = []

    def say(self, text: str, action: bool = False, tags: Mapping[str, str] = NO_TAGS) -> None:
        """Say or do something in the current conversation."""
        self.tell(self._here().name, text, action, tags)

    def tell(
        self, target: str, text: str, action: bool = False, tags: Mapping[str, str] = NO_TAGS
    ) -> None:
        """Say something to a room or a person; without a connection, later."""
        if self._chat.comeback.away:
            self._chat.comeback.keep(Unsaid(target, text, action, tags))
            return
        said = self._chat.session.say(target, self._meant(text), action, tags)
        self._chat.reader.memory.said(said)
        self._chat.presence.said()
        self._chat.event(said)

    def say_lines(self, lines: Sequence[str]) -> bool:
        """Say several lines as one message; False where they are to be said one by one."""
        if not self._chat.connected or not self._chat.talk.here or lines[0].startswith("/"):
            return False
        meant = [self._meant(line) for line in lines]
        try:
            said = self._chat.session.say_lines(self._here().name, meant)
        except LineTooLong:
            return False  # the first of them, said alone, tells the person why
        if said is None:
            return False
        self._chat.reader.memory.said(said)
        self._chat.presence.said()
        self._chat.event(said)
        return True

    def _meant(self, text: str) -> str:
        """What a person typed, with its marks read; a script's lines go as they are."""
        settings = self._chat.settings
        if not self._chat.person:
            return text
        if settings.on("emoji"):
            text = with_emoji(text)
        return with_codes(text) if settings.on("format") else text

    def _here(self) -> Conversation:
        current = self._chat.talk.conversations.current
        if current is None:
            raise CommandError(NOWHERE)
        return current

    # About earlier lines

    def reply(self, text: str) -> None:
        """`[N|NICK] TEXT`, by default to the last line that somebody else said."""
        self._need(REPLY, "replies")
        line, text = self._about(text)
        self.say(text, tags={f"+{REPLY}": _msgid(line)})

    def react(self, text: str, tag: str = REACT) -> None:
        """`[N|NICK] REACTION`, by default to the last line that somebody else said."""
        self._need(tag, "reactions")
        line, text = self._about(text)
        reaction = one_emoji(text)
        if not reaction:
            raise CommandError(f"{text} is not an emoji. Type one, or its name, such as :+1:.")
        target, msgid, state = self._here().name, _msgid(line), self._chat.session.state
        self._chat.session.tagged(target, {f"+{tag}": reaction, f"+{REPLY}": msgid})
        room = target if state.is_room(target) else ""
        removed = tag == UNREACT
        self._chat.event(events.Reacted(room, state.nick, "", msgid, reaction, removed, own=True))

    def redact(self, text: str) -> None:
        """`[N] [REASON]`, by default one's own last line."""
        if not self._chat.session.agreed("draft/message-redaction"):
            raise CommandError("This server cannot take back messages.")
        word, _, rest = text.partition(" ")
        line = self._numbered(int(word)) if _is_number(word) else None
        line, reason = (line, rest.strip()) if line else (self._last(own=True), text.strip())
        meant = TakenBack(line, self._here().name, reason)
        if line.named:
            self._redact(meant)
        elif line.labels and self._chat.session.agreed("echo-message"):
            self._taken_back.append(meant)
        else:
            raise CommandError(NAMELESS)

    def _redact(self, meant: TakenBack) -> None:
        for msgid in meant.line.msgids:
            reason = filter(None, [meant.reason])
            self._chat.session.send("REDACT", meant.target, msgid, *reason)

    def delivered(self, label: str, msgid: str) -> None:
        """The server has named a line of ours, or a part of it."""
        line = self._chat.talk.conversations.labelled(label) if msgid else None
        if line is None or line.named:
            return
        line.msgids.append(msgid)
        waiting = [each for each in self._taken_back if each.line is line and line.named]
        self._taken_back = [each for each in self._taken_back if each not in waiting]
        for each in waiting:
            self._redact(each)

    def forget(self) -> None:
        """The server is lost: it will name nothing of what was sent before."""
        self._taken_back.clear()

    def _need(self, tag: str, what: str) -> None:
        session = self._chat.session
        if not (session.agreed("message-tags") and session.state.relays(tag)):
            raise CommandError(f"This server does not pass on {what}.")

    def _about(self, text: str) -> tuple[Kept, str]:
        """The line that is meant, and what is to be said about it."""
        word, _, rest = text.partition(" ")
        line = self._named(word) if rest.strip() else None
        return (line, rest.strip()) if line else (self._last(own=False), text)

    def _named(self, word: str) -> Kept | None:
        """The line that a number or a nickname means; None for a word that is neither."""
        if _is_number(word):
            return self._numbered(int(word))
        fold = self._chat.session.state.fold
        nick = fold(word.rstrip(":,"))
        theirs = (line for line in reversed(self._here().kept) if fold(line.said.sender) == nick)
        return next(theirs, None)

    def _numbered(self, number: int) -> Kept:
        """1 is the last line."""
        kept = self._here().kept
        if not kept:
            raise CommandError("Nothing has been said here yet.")
        if not 1 <= number <= len(kept):
            raise CommandError(f"There is no line {number}; 1 is the last one of {len(kept)}.")
        return kept[-number]

    def _last(self, own: bool) -> Kept:
        for line in reversed(self._here().kept):
            if (line.said.own or self._chat.session.state.is_own(line.said.sender)) is own:
                return line
        nothing = "You have said nothing" if own else "Nobody else has said anything"
        raise CommandError(f"{nothing} here yet.")


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) <= 4


def _msgid(line: Kept) -> str:
    if not line.msgids:
        raise CommandError(NAMELESS)
    return line.msgids[0]
