"""`chatroom-client rooms`, `who`, `history` and `search`: one question, and its answer."""

from argparse import Namespace
from collections.abc import Callable, Iterable

from chatroom.client.library.conversation import Conversation
from chatroom.client.protocol.events import Member, RoomRow, Said
from chatroom.client.scripts.open import open_conversation
from chatroom.client.scripts.options import DEFAULT_LINES
from chatroom.client.scripts.printing import is_speech, said_json, said_text, to_json
from chatroom.client.scripts.shell import complain, say
from chatroom.text.display import visible
from chatroom.wire.names import bare

_RANKS = {"q": "owner", "a": "administrator", "o": "operator", "h": "half-operator", "v": "voice"}


def run(arguments: Namespace) -> int:
    """Run the subcommand. Returns its exit status. Raises ChatError."""
    with open_conversation(arguments) as chat:
        return _QUESTIONS[arguments.subcommand](chat, arguments)


def _rooms(chat: Conversation, arguments: Namespace) -> int:
    rows = sorted(chat.list_rooms(), key=lambda row: (-row.users, row.room))
    for row in rows:
        say(to_json(row._asdict()) if arguments.json else _room_text(row))
    return 0


def _room_text(row: RoomRow) -> str:
    return f"{visible(bare(row.room))}\t{row.users}\t{visible(row.topic)}".rstrip("\t")


def _who(chat: Conversation, arguments: Namespace) -> int:
    members = chat.people(arguments.room)
    for member in sorted(members, key=lambda member: member.nick.casefold()):
        say(to_json(member._asdict()) if arguments.json else _member_text(member))
    if not members:
        complain(
            f"Nobody is in {visible(bare(arguments.room))}, or you are not allowed to see who is."
        )
    return 0 if members else 1


def _member_text(member: Member) -> str:
    rank = _RANKS.get(member.modes[:1], "")
    return f"{visible(member.nick)}\t{rank}".rstrip("\t")


def _history(chat: Conversation, arguments: Namespace) -> int:
    lines = arguments.lines
    if lines is None and arguments.since is None:
        lines = DEFAULT_LINES
    said = chat.history(arguments.room, lines, arguments.since)
    if _print(said, arguments.json, with_room=False) or _exists(chat, arguments.room):
        return 0
    complain(f"The history has nothing from {visible(bare(arguments.room))}, and nobody is there.")
    return 1


def _exists(chat: Conversation, room: str) -> bool:
    """Whether the room exists: somebody else is in it, or something was said in it."""
    spoken_in = any(True for _ in chat.history(room, 1))
    return spoken_in or any(member.nick != chat.nick for member in chat.people(room))


def _search(chat: Conversation, arguments: Namespace) -> int:
    found = chat.search(" ".join(map(_term, arguments.words)), arguments.lines)
    _print(found, arguments.json, with_room=True)
    if not found:
        complain("Nothing was found.")
    return 0 if found else 1


def _term(word: str) -> str:
    """An argument of several words, which was in quotes in the shell, becomes a phrase."""
    plain = '"' not in word and ":" not in word
    return f'"{word}"' if plain and " " in word.strip() else word


def _print(lines: Iterable[Said], as_json: bool, with_room: bool) -> bool:
    """Print the lines. Returns whether there were any."""
    line = None
    for line in lines:
        if is_speech(line):
            say(said_json(line) if as_json else said_text(line, with_room))
    return line is not None


_QUESTIONS: dict[str, Callable[[Conversation, Namespace], int]] = {
    "rooms": _rooms,
    "who": _who,
    "history": _history,
    "search": _search,
}
