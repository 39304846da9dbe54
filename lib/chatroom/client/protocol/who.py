"""Collects the answers about people until they are complete: WHO and WHOIS (Modern IRC, "User-Based
Queries")."""

from collections.abc import Iterator

from chatroom.client.limits import weight
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event, WhoRow
from chatroom.client.protocol.gate import message_weight
from chatroom.client.protocol.state import State
from chatroom.wire.message import Message

MOST_FLAGS = 20
"""The most characters of a WHO reply's flags."""

ABOUT = frozenset(
    {"301", "307", "312", "313", "317", "319", "320", "330", "335", "338", "378", "379", "671"}
)
"""The numerics allowed between 311 and 318. Outside of a WHOIS, they are answers like any other."""


def who_row(state: State, message: Message) -> Iterator[Event]:
    """352: the flags are H or G, then `*` for an operator of the server, B for a bot, prefixes."""
    flags = message.param(6)[:MOST_FLAGS]
    userhost = f"{message.param(2)}@{message.param(3)}"
    realname = message.param(7).partition(" ")[2]  # behind the hop count
    if state.answer_takes("who", weight(message.param(5), userhost, flags, realname)):
        prefixes = dict(zip(state.modes.prefix_symbols, state.modes.prefix_letters, strict=False))
        modes = "".join(prefixes.get(flag, "") for flag in flags)
        away, bot = flags.startswith("G"), (state.isupport.get("BOT") or "B") in flags
        row = WhoRow(message.param(5), userhost, modes, away, bot, realname)
        state.who_rows.append(row)
    yield from ()


def who_end(state: State, message: Message) -> Iterator[Event]:
    """315."""
    rows, state.who_rows = state.who_rows, []
    state.answer_ends("who")
    yield events.WhoListed(state.called(message.param(1)), tuple(rows))


def whois_begins(state: State, message: Message) -> Iterator[Event]:
    """311."""
    if state.takes("whois", message_weight(message)):
        state.whois[state.fold(message.param(1))] = [message]
    yield from ()


def about(state: State, message: Message) -> Iterator[Event]:
    """A line of a WHOIS, or an answer of its own."""
    told = state.whois.get(state.fold(message.param(1)))
    if told is None:
        yield events.Answer(message)
    elif state.takes("whois", message_weight(message)):
        told.append(message)


def whois_end(state: State, message: Message) -> Iterator[Event]:
    """318: it also follows a refusal, and then there is nothing to report."""
    for nick in message.param(1).split(","):
        told = state.whois.pop(state.fold(nick), None)
        if told:
            yield events.WhoisTold(told[0].param(1), tuple(told))
    if not state.whois:
        state.forget("whois")
