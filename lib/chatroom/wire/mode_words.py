"""Puts changes of a room's modes into words for people (Modern IRC, "Channel Modes")."""

from collections.abc import Sequence

from chatroom.wire.modes import ModeChange, ModeTypes, parse_changes
from chatroom.wire.names import MUTE, bare

MODE_WORDS = {
    "+a": "made {} an admin",
    "-a": "removed {} as an admin",
    "+C": "forbade CTCP requests",
    "-C": "allowed CTCP requests",
    "+M": "let only people speak who are logged in to an account",
    "-M": "let people speak without an account",
    "+P": "made the room permanent",
    "-P": "let the room end when everybody has left",
    "+R": "let only people in who are logged in to an account",
    "-R": "let people in without an account",
    "+S": "had colours removed from messages",
    "-S": "stopped having colours removed from messages",
    "+U": "let those in charge see what others may not say here",
    "-U": "stopped showing those in charge what others may not say here",
    "+W": "set slow mode: one message every {} seconds from each person",
    "-W": "ended slow mode",
    "+b": "banned {}",
    "-b": "lifted the ban on {}",
    "+c": "forbade colours",
    "-c": "allowed colours",
    "+e": "exempted {} from bans",
    "-e": "ended the exemption of {} from bans",
    "+f": "had people who cannot enter led to {}",
    "-f": "stopped people who cannot enter from being led elsewhere",
    "+h": "made {} a half-operator",
    "-h": "removed {} as a half-operator",
    "+i": "made the room invitation-only",
    "-i": "opened the room to people without an invitation",
    "+I": "let {} in without an invitation",
    "-I": "stopped letting {} in without an invitation",
    "+k": "set the room's key to {}",
    "-k": "removed the room's key",
    "+l": "limited the room to {} people",
    "-l": "removed the limit on the number of people",
    "+m": "made the room moderated: only people with a voice or a higher rank may speak",
    "-m": "made the room unmoderated: every member may speak",
    "+n": "stopped messages from people outside the room",
    "-n": "allowed messages from people outside the room",
    "+o": "made {} an operator",
    "-o": "removed {} as an operator",
    "+q": "made {} an owner",
    "-q": "removed {} as an owner",
    "+s": "made the room secret",
    "-s": "made the room public",
    "+t": "let only half-operators and above change the topic",
    "-t": "let every member change the topic",
    "+u": "hid people without a rank from each other",
    "-u": "let all people here see each other",
    "+v": "gave {} a voice",
    "-v": "took {}'s voice away",
    "+z": "let only people in who come over TLS",
    "-z": "let people in who come without TLS",
}
"""A sign and a letter -> the action; `{}` is the parameter."""

AUDIENCE_WORDS = {
    "q": "owners",
    "a": "admins and owners",
    "o": "operators and above",
    "h": "half-operators and above",
    "v": "people with a rank",
}
"""The letter of a rank -> those who have it or a higher one."""

MUTE_WORDS = {True: "muted {}", False: "lifted the mute on {}"}
"""Whether it is set -> the action, for a ban that only mutes."""


def mode_words(params: Sequence[str], types: ModeTypes) -> str:
    """`("+ov", "bob", "carol")`, MODE's parameters after the room, -> `made bob an operator, gave
    carol a voice`. A letter without words is shown as it came."""
    if not params:
        return ""
    changes = parse_changes(params[0], params[1:], types)
    return ", ".join(map(_in_words, changes))


def audience_words(target: str, types: ModeTypes) -> str:
    """Who gets a message to a target (ISUPPORT STATUSMSG): `@#den` -> `operators and above`, and
    `#den` -> "", because everybody in the room gets it. The lowest of several ranks counts."""
    symbols = target[: len(target) - len(target.lstrip(types.prefix_symbols))]
    ranks = zip(types.prefix_symbols, types.prefix_letters, strict=False)
    letters = [letter for symbol, letter in ranks if symbol in symbols]
    return AUDIENCE_WORDS.get(letters[-1], f"those with {symbols}") if letters else ""


def _in_words(change: ModeChange) -> str:
    name = f"{'+' if change.adding else '-'}{change.letter}"
    words = MODE_WORDS.get(name)
    if change.letter == "b" and change.param and change.param.startswith(MUTE):
        words = MUTE_WORDS[change.adding]
        change = change._replace(param=change.param.removeprefix(MUTE))
    if change.letter == "f" and change.param:
        change = change._replace(param=bare(change.param))
    if words is None:
        return f"set mode {name} {change.param or ''}".rstrip()
    return words.format(change.param or "?")
