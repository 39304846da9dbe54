"""The values of the config file: each function checks a value as TOML has it, and converts it to
what the server uses, or raises Unfit."""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.settings import AUTO, NO, YES
from chatroom.net.addresses import Address, AddressError, parse_address
from chatroom.wire.client_tags import ClientTags
from chatroom.wire.masks import Mask
from chatroom.wire.names import InvalidName, bare, fold_mask, nickname, prefixed, room_name
from chatroom.wire.scram import keys_from_text

Hook = Callable[[Any, Any], Any]
"""A cattrs hook: (value in the file, type of its field) -> value of the field, or raises Unfit."""

LONGEST_NICKNAME = 64
LONGEST_ROOM = 64
_LONGEST_NAME = 63  # server name: RFC 1459 section 1.1

_LONGEST_LINE = 300  # leaves room for the rest of a line of 512 bytes

_LABEL = "[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?"

_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})+")

_WORD = re.compile(r"[^\s:=\\]{1,32}")

_MASK = re.compile(r"[^\s!@]+![^\s!@]+@[^\s!@]+")

_LONGEST_MASK = 128  # as for a room's bans

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # control characters and lone surrogates


class Unfit(Exception):
    """A key has an invalid value; `args` has a message for each error."""


def shown(value: object) -> str:
    match value:
        case bool():
            return f"found {str(value).lower()}"
        case str():
            return f"found {value[:40]!r}"
        case dict():
            return "found a table"
        case list():
            return "found a list"
        case _:
            return f"found {value}"


def whole(least: int, most: int) -> Hook:
    def structure_whole(value: Any, _kind: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit(f"expected a whole number, {shown(value)}")
        if not least <= value <= most:
            raise Unfit(f"expected a number from {least} to {most}, {shown(value)}")
        return value

    return structure_whole


def as_truth(value: Any, _kind: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"expected true or false, {shown(value)}")
    return value


def as_text(value: Any, _kind: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"expected text in quotes, {shown(value)}")
    if _UNPRINTABLE.search(re.sub("[\r\n\t]", "", value)):
        raise Unfit("expected text without control characters")
    return value


def as_line(value: Any, kind: Any) -> str:
    text = as_text(value, kind)
    if _UNPRINTABLE.search(text):
        raise Unfit("expected one line of text")
    if len(text) > _LONGEST_LINE:
        raise Unfit(f"expected at most {_LONGEST_LINE} characters, found {len(text)}")
    return text


def as_secret(value: Any, kind: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("expected text in quotes")  # the value is secret, so it is not logged
    return as_line(value, kind)


def as_token(value: Any, kind: Any) -> str:
    """A secret of letters, digits and marks, as it goes into a header; or nothing."""
    text = as_secret(value, kind)
    if text and not _TOKEN.fullmatch(text):
        raise Unfit(
            "expected 16 to 200 letters, digits and -._~+/=, such as `openssl rand -hex 16` prints"
        )
    return text


_TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{16,200}")  # RFC 6750 section 2.1


def as_host_name(value: Any, kind: Any) -> str:
    text = as_line(value, kind)
    # The dot distinguishes a server from a nickname (Modern IRC, "Source").
    if len(text) > _LONGEST_NAME or not _HOST.fullmatch(text):
        raise Unfit(f"expected a name with a dot, such as chat.example.org, {shown(text)}")
    return text


def as_word(value: Any, kind: Any) -> str:
    text = as_line(value, kind)
    if not _WORD.fullmatch(text):
        raise Unfit(f"expected one word of at most 32 characters, {shown(text)}")
    return text


def as_icon(value: Any, kind: Any) -> str:
    """A URL, or nothing. It has to fit into one token of ISUPPORT."""
    text = as_line(value, kind)
    if text and not _URL.fullmatch(text):
        raise Unfit(f"expected a URL such as https://chat.example.org/icon.png, {shown(text)}")
    return text


_URL = re.compile(r"https?://[!-<>-\[\]-~]{1,180}")  # without what a token would escape


def as_denied_tags(value: Any, kind: Any) -> str:
    """The value of ISUPPORT CLIENTTAGDENY, without spaces."""
    text = as_line(value, kind).replace(" ", "")
    if len(text) > _LONGEST_DENIAL:
        raise Unfit(f"expected at most {_LONGEST_DENIAL} characters, found {len(text)}")
    fault = ClientTags.fault(text)
    if fault:
        raise Unfit(fault)
    return text


_LONGEST_DENIAL = 200


def as_addresses(value: Any, _kind: Any) -> tuple[Address, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of addresses, such as ["127.0.0.1:8080"], {shown(value)}')
    found, wrong = [], []
    for each in value:
        try:
            found.append(parse_address(as_line(each, str)))
        except (AddressError, Unfit) as error:
            wrong.append(str(error))
    if wrong:
        raise Unfit(*wrong)
    return tuple(found)


def as_rooms(value: Any, _kind: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of rooms, such as ["general"], {shown(value)}')
    found, wrong = [], []
    for each in value:
        try:
            found.append(room_name(prefixed(as_line(each, str)), LONGEST_ROOM))
        except (InvalidName, Unfit) as error:
            wrong.append(str(error))
    if wrong:
        raise Unfit(*wrong)
    return tuple(map(bare, found))


def as_operators(value: Any, _kind: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise Unfit(f"expected rooms with lists of masks, such as {_AN_OPERATOR}, {shown(value)}")
    found: dict[str, tuple[str, ...]] = {}
    wrong: list[str] = []
    for name, masks in value.items():
        try:
            (room,) = as_rooms([name], tuple)
            found[room] = (*found.get(room, ()), *_masks(room, masks))
        except Unfit as error:
            wrong += error.args
    if wrong:
        raise Unfit(*wrong)
    return found


def as_owners(value: Any, _kind: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise Unfit(f"expected rooms with lists of accounts, such as {_AN_OWNER}, {shown(value)}")
    found: dict[str, tuple[str, ...]] = {}
    wrong: list[str] = []
    for name, accounts in value.items():
        try:
            (room,) = as_rooms([name], tuple)
            found[room] = (*found.get(room, ()), *_accounts(room, accounts))
        except Unfit as error:
            wrong += error.args
    if wrong:
        raise Unfit(*wrong)
    return found


_AN_OWNER = '{ general = ["teacher"] }'


def _accounts(room: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Unfit(f"{room}: expected a list of accounts, {shown(value)}")
    found, wrong = [], []
    for each in value:
        try:
            found.append(nickname(as_line(each, str), LONGEST_NICKNAME))
        except (InvalidName, Unfit) as error:
            wrong.append(f"{room}: {error}")
    if wrong:
        raise Unfit(*wrong)
    return found


_AN_OPERATOR = '{ general = ["alice!*@192.0.2.7"] }'


def _masks(room: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Unfit(f"{room}: expected a list of masks, {shown(value)}")
    wrong = [why for each in value if (why := _not_a_mask(each))]
    if wrong:
        raise Unfit(*(f"{room}: {why}" for why in wrong))
    return value


def _not_a_mask(value: Any) -> str:
    """The error; "" for a valid mask."""
    if not isinstance(value, str) or not _MASK.fullmatch(value):
        return f"expected a mask nick!user@host, such as alice!*@192.0.2.7, {shown(value)}"
    if len(value) > _LONGEST_MASK:
        return f"expected a mask of at most {_LONGEST_MASK} characters, found {len(value)}"
    if not Mask(fold_mask(value)).is_cheap:
        return (
            "expected a mask without ? between its first and last *, or with fewer characters"
            f" there, {shown(value)}"
        )
    return ""


def as_networks(value: Any, _kind: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of addresses, such as ["192.0.2.7"], {shown(value)}')
    return tuple(_network(each) for each in value)


def _network(value: Any) -> str:
    if value == "unix":
        return "unix"
    try:
        return str(ipaddress.ip_network(as_line(value, str)))
    except ValueError:
        raise Unfit(f"expected an address, a network or 'unix', {shown(value)}") from None


def as_web_hosts(value: Any, _kind: Any) -> tuple[str, ...]:
    """Names of hosts in URLs, without a port; one name alone (`nas`) is fine."""
    if not isinstance(value, list):
        raise Unfit(f'expected a list of names, such as ["chat.example.org"], {shown(value)}')
    found, wrong = [], []
    for each in value:
        name = as_line(each, str).lower()
        if re.fullmatch(rf"{_LABEL}(\.{_LABEL})*", name):
            found.append(name)
        else:
            wrong.append(f"expected a name without a port, such as chat.example.org, {shown(each)}")
    if wrong:
        raise Unfit(*wrong)
    return tuple(found)


_ORIGIN = re.compile(rf"https?://({_LABEL}(\.{_LABEL})*|\[[0-9a-f:.]+\])(:[1-9][0-9]{{0,4}})?")


def as_origins(value: Any, _kind: Any) -> tuple[str, ...]:
    """Origins as browsers send them: scheme, host, and the port where it is not the usual one."""
    if not isinstance(value, list):
        raise Unfit(f'expected a list of URLs, such as ["https://irc.example.org"], {shown(value)}')
    return tuple(_origin(each) for each in value)


def as_origin_or_nothing(value: Any, _kind: Any) -> str:
    return _origin(value) if value != "" else ""


def _origin(value: Any) -> str:
    text = as_line(value, str).lower().removesuffix("/")
    if not _ORIGIN.fullmatch(text):
        raise Unfit(
            f"expected a URL without a path, such as https://chat.example.org, {shown(value)}"
        )
    scheme, _, place = text.partition("://")
    return f"{scheme}://{place.removesuffix(':443' if scheme == 'https' else ':80')}"


def as_gateways(value: Any, _kind: Any) -> dict[str, str]:
    """Addresses and networks, each with a hash."""
    if not isinstance(value, dict):
        raise Unfit(f"expected addresses with hashes, such as {_A_GATEWAY}, {shown(value)}")
    return {_network(each): as_hash(each, text) for each, text in value.items()}


_A_GATEWAY = '{ "192.0.2.7" = "SCRAM-SHA-256$..." }'


def as_names(value: Any, _kind: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of accounts, such as ["alice"], {shown(value)}')
    return tuple(_name(each) for each in value)


def _name(value: Any) -> str:
    try:
        return nickname(as_line(value, str), LONGEST_NICKNAME)
    except InvalidName as error:
        raise Unfit(f"{error}, {shown(value)}") from None


def table_of(structure_entry: Callable[[str, Any], Any]) -> Hook:
    """A table of names, each with a value that `structure_entry` reads; it gets the name, too."""

    def structure_entries(value: Any, _kind: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Unfit(f"expected a table of names, {shown(value)}")
        found: dict[str, Any] = {}
        wrong: list[str] = []
        for name, entry in value.items():
            try:
                found[as_word(name, str)] = structure_entry(name, entry)
            except Unfit as error:
                wrong += error.args
        if wrong:
            raise Unfit(*wrong)
        return found

    return structure_entries


def _only(value: Any) -> Any:
    """The one value of a list: variables give lists."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def as_announcement(value: Any, _kind: Any) -> str:
    """When to announce the server; true and false are accepted, too."""
    word = shown(value).removeprefix("found ") if isinstance(value, bool) else value
    if not isinstance(word, str) or word not in _ANNOUNCEMENTS:
        raise Unfit(f"expected 'auto', 'yes' or 'no', {shown(value)}")
    return _ANNOUNCEMENTS[word]


_ANNOUNCEMENTS = {AUTO: AUTO, YES: YES, NO: NO, "true": YES, "false": NO}


def as_label(value: Any, kind: Any) -> str:
    """A name that fits into one label of DNS."""
    text = as_line(value, kind)
    if len(text.encode()) > _LONGEST_LABEL:
        raise Unfit(f"expected at most {_LONGEST_LABEL} bytes, found {len(text.encode())}")
    return text


_LONGEST_LABEL = 58  # 63, with room for " (99)" if somebody else has the name


def as_hash(name: str, value: Any) -> str:
    text = _only(value)  # it is secret, so it is not logged
    try:
        keys_from_text(text if isinstance(text, str) else "")
    except ValueError:
        raise Unfit(
            f"{name}: expected what `chatroom-server password` prints, not the password itself"
        ) from None
    return str(text)


def as_one_word(name: str, value: Any) -> str:
    text = _only(value)
    if not isinstance(text, str) or not _WORD.fullmatch(text):
        raise Unfit(f"{name}: expected one word of at most 32 characters, {shown(text)}")
    return text


def as_privileges(name: str, value: Any) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list):
        raise Unfit(f"{name}: expected a list of privileges, {shown(value)}")
    for word in words:
        if word not in PRIVILEGES:
            known = ", ".join(PRIVILEGES)
            raise Unfit(f"{name}: expected privileges out of {known}, {shown(word)}")
    return tuple(words)


def one_of(*words: str) -> Hook:
    def structure_word(value: Any, _kind: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit(f"expected {' or '.join(map(repr, words))}, {shown(value)}")
        return value

    return structure_word
