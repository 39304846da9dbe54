"""The config file: its keys, their allowed values, and a sample that shows them all.

The names, defaults and comments of [server] and [limits] are rows of chat/settings.py and
chat/limits.py; their allowed values are defined here.
"""

import difflib
import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from typing import Any

from cattrs import Converter
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from chatroom.chat.limits import Limits
from chatroom.chat.privileges import PRIVILEGES
from chatroom.chat.settings import (
    ALWAYS,
    NEVER,
    SECRETS,
    AccountSettings,
    HistorySettings,
    OperatorSettings,
    ProxySettings,
    RoomSettings,
    Settings,
    TlsSettings,
)
from chatroom.net.addresses import Address, AddressError, parse_address
from chatroom.net.hosts import HOSTS_FILE
from chatroom.store.database import DURABILITIES
from chatroom.wire.masks import Mask
from chatroom.wire.names import InvalidName, bare, fold_mask, nickname, prefixed, room_name
from chatroom.wire.scram import keys_from_text

Hook = Callable[[Any, Any], Any]
"""A cattrs hook: (value in the file, type of its field) -> value of the field, or raises Unfit."""

_DAY = 86_400
_BOUNDS = {
    "nickname": (1, 64),
    "username": (1, 64),
    "realname": (1, 400),
    "room_name": (2, 64),
    "topic": (1, 400),
    "key": (1, 64),
    "reason": (1, 400),
    "away": (1, 400),
    "mode_changes": (1, 50),
    "targets": (1, 100),
    "whowas": (0, 1_000_000),
    "lines_per_tick": (1, 10_000),
    "flood_rate": (0, 1_000_000),
    "flood_time": (1, 1000),
    "outbox": (65_536, 1 << 30),
    "slow_reader": (1, _DAY),
    "registration": (1, _DAY),
    "idle_ping": (1, _DAY),
    "ping_timeout": (1, _DAY),
    "per_address": (0, 1_000_000),
    "accounts_per_address": (0, 1_000_000),
    "rooms_per_account": (0, 1_000),
    **dict.fromkeys(("joins", "nick_changes", "searches"), (0, 1_000_000)),
    "descriptors_reserved": (8, 1024),
    "goodbye": (0, 60),
}
"""The smallest and largest value of a limit. Lengths are bounded by the 512 bytes of a line."""
_OTHER_BOUNDS = (1, 1_000_000)

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


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The log on standard error."""

    verbose: bool = field(
        default=False, metadata={"why": "log more detail; never what people write"}
    )


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """Optional features of the operating system."""

    io_uring: bool = field(
        default=True,
        metadata={"why": "write to many connections with one system call, if Linux has io_uring"},
    )


@dataclass(frozen=True, slots=True)
class Keys:
    """The structure of the config file. If `listen`, `hosts` or `data` is empty, other sources
    decide."""

    listen: tuple[Address, ...] = field(
        default=(),
        metadata={
            "why": 'addresses to listen on, such as [":8080"]; empty: the rows of the hosts file'
        },
    )
    hosts: str = field(
        default="", metadata={"why": f"the hosts file; empty: {HOSTS_FILE}, if it exists"}
    )
    data: str = field(
        default="",
        metadata={"why": "the data directory; empty: $XDG_STATE_HOME/chatroom"},
    )
    server: Settings = field(default_factory=Settings)
    tls: TlsSettings = field(default_factory=TlsSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    accounts: AccountSettings = field(default_factory=AccountSettings)
    operators: OperatorSettings = field(default_factory=OperatorSettings)
    proxies: ProxySettings = field(default_factory=ProxySettings)
    rooms: RoomSettings = field(default_factory=RoomSettings)
    limits: Limits = field(default_factory=Limits)
    log: LogSettings = field(default_factory=LogSettings)
    system: SystemSettings = field(default_factory=SystemSettings)


def _defaults(keys: Any, prefix: str = "") -> Iterator[tuple[str, object]]:
    for row in fields(keys):
        value = getattr(keys, row.name)
        if is_dataclass(value):
            yield from _defaults(value, f"{row.name}.")
        else:
            yield prefix + row.name, value


ALL_KEYS = dict(_defaults(Keys()))
"""Every key with its default: {"listen": (), "server.name": "chatroom.local", ...}."""


def structure(said: dict[str, Any]) -> tuple[Keys, list[tuple[str, str]]]:
    """Convert a parsed TOML file. Returns the keys, and the errors as (key, message).

    An invalid key gets its default, so that the caller can look for other errors. A list alone
    says the same as the first key of its table: `operators = ["alice"]`.
    """
    if isinstance(said.get("operators"), list):
        said = {**said, "operators": {"accounts": said["operators"]}}
    try:
        return _converter.structure(said, Keys), []
    except ClassValidationError as error:
        faults = list(_faults(error))
    wrong = {key for key, _ in faults}
    return _converter.structure(_without(said, wrong), Keys), faults


def nearest(word: str, known: Mapping[str, str]) -> str:
    """`; did you mean …?` with the value of the most similar key; "" if none is similar, or if that
    value is empty."""
    found = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {known[found[0]]}?" if found and known[found[0]] else ""


def sample() -> str:
    """A TOML file with the default of every key, and a comment above each."""
    return _HEAD + "\n" + "\n".join(_rows(Keys()))


_HEAD = """\
# Chatroom's configuration: every key with its default.
#
# The server reads the file named by -c or $CHATROOM_CONFIG, else
# $XDG_CONFIG_HOME/chatroom/chatroom.toml. Every key has an environment variable:
# CHATROOM_LIMITS_NICKNAME sets limits.nickname. A flag overrides the environment, which
# overrides this file. `chatroom_server.py --check` reports every error.
"""


def _rows(keys: Any) -> Iterator[str]:
    for row in fields(keys):
        value = getattr(keys, row.name)
        if is_dataclass(value):
            yield f"\n[{row.name}]"
            yield from _rows(value)
        else:
            yield f"# {row.metadata['why']}\n{row.name} = {_toml(value)}"


def _toml(value: object) -> str:
    # For these types JSON is TOML.
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _faults(error: ClassValidationError, prefix: str = "") -> Iterator[tuple[str, str]]:
    noted, others = error.group_exceptions()
    for cause, note in noted:
        key = prefix + note.name
        if isinstance(cause, ClassValidationError):
            yield from _faults(cause, f"{key}.")
        elif isinstance(cause, Unfit):
            yield from ((key, message) for message in cause.args)
        else:
            raise cause
    for cause in others:
        if not isinstance(cause, ForbiddenExtraKeysError):
            raise cause
        yield from ((prefix + name, _unknown(prefix + name)) for name in sorted(cause.extra_fields))


def _unknown(key: str) -> str:
    """Looks for the key's last word in all sections, because people put keys into wrong sections;
    its own section comes first."""
    section, _, word = key.rpartition(".")
    rows = [*(row.name for row in fields(Keys)), *ALL_KEYS]
    rows.sort(key=lambda row: row.startswith(f"{section}."))
    return f"unknown key{nearest(word, {row.rpartition('.')[2]: row for row in rows})}"


def _without(said: dict[str, Any], wrong: set[str], prefix: str = "") -> dict[str, Any]:
    return {
        name: _without(value, wrong, f"{name}.") if isinstance(value, dict) else value
        for name, value in said.items()
        if prefix + name not in wrong
    }


def _found(value: object) -> str:
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


def _whole(least: int, most: int) -> Hook:
    def structure_whole(value: Any, _kind: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise Unfit(f"expected a whole number, {_found(value)}")
        if not least <= value <= most:
            raise Unfit(f"expected a number from {least} to {most}, {_found(value)}")
        return value

    return structure_whole


def _truth(value: Any, _kind: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"expected true or false, {_found(value)}")
    return value


def _text(value: Any, _kind: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"expected text in quotes, {_found(value)}")
    if _UNPRINTABLE.search(re.sub("[\r\n\t]", "", value)):
        raise Unfit("expected text without control characters")
    return value


def _line(value: Any, kind: Any) -> str:
    text = _text(value, kind)
    if _UNPRINTABLE.search(text):
        raise Unfit("expected one line of text")
    if len(text) > _LONGEST_LINE:
        raise Unfit(f"expected at most {_LONGEST_LINE} characters, found {len(text)}")
    return text


def _secret(value: Any, kind: Any) -> str:
    if not isinstance(value, str):
        raise Unfit("expected text in quotes")  # the value is secret, so it is not logged
    return _line(value, kind)


def _host_name(value: Any, kind: Any) -> str:
    text = _line(value, kind)
    # The dot distinguishes a server from a nickname (Modern IRC, "Source").
    if len(text) > _LONGEST_NAME or not _HOST.fullmatch(text):
        raise Unfit(f"expected a name with a dot, such as chat.example.org, {_found(text)}")
    return text


def _word(value: Any, kind: Any) -> str:
    text = _line(value, kind)
    if not _WORD.fullmatch(text):
        raise Unfit(f"expected one word of at most 32 characters, {_found(text)}")
    return text


def _addresses(value: Any, _kind: Any) -> tuple[Address, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of addresses, such as ["127.0.0.1:8080"], {_found(value)}')
    found, wrong = [], []
    for each in value:
        try:
            found.append(parse_address(_line(each, str)))
        except (AddressError, Unfit) as error:
            wrong.append(str(error))
    if wrong:
        raise Unfit(*wrong)
    return tuple(found)


def _rooms(value: Any, _kind: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of rooms, such as ["general"], {_found(value)}')
    found, wrong = [], []
    for each in value:
        try:
            found.append(room_name(prefixed(_line(each, str)), _BOUNDS["room_name"][1]))
        except (InvalidName, Unfit) as error:
            wrong.append(str(error))
    if wrong:
        raise Unfit(*wrong)
    return tuple(map(bare, found))


def _operators(value: Any, _kind: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise Unfit(f"expected rooms with lists of masks, such as {_AN_OPERATOR}, {_found(value)}")
    found: dict[str, tuple[str, ...]] = {}
    wrong: list[str] = []
    for name, masks in value.items():
        try:
            (room,) = _rooms([name], tuple)
            found[room] = (*found.get(room, ()), *_masks(room, masks))
        except Unfit as error:
            wrong += error.args
    if wrong:
        raise Unfit(*wrong)
    return found


def _owners(value: Any, _kind: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        raise Unfit(f"expected rooms with lists of accounts, such as {_AN_OWNER}, {_found(value)}")
    found: dict[str, tuple[str, ...]] = {}
    wrong: list[str] = []
    for name, accounts in value.items():
        try:
            (room,) = _rooms([name], tuple)
            found[room] = (*found.get(room, ()), *_accounts(room, accounts))
        except Unfit as error:
            wrong += error.args
    if wrong:
        raise Unfit(*wrong)
    return found


_AN_OWNER = '{ general = ["teacher"] }'


def _accounts(room: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Unfit(f"{room}: expected a list of accounts, {_found(value)}")
    found, wrong = [], []
    for each in value:
        try:
            found.append(nickname(_line(each, str), _BOUNDS["nickname"][1]))
        except (InvalidName, Unfit) as error:
            wrong.append(f"{room}: {error}")
    if wrong:
        raise Unfit(*wrong)
    return found


_AN_OPERATOR = '{ general = ["alice!*@192.0.2.7"] }'


def _masks(room: str, value: Any) -> list[str]:
    if not isinstance(value, list):
        raise Unfit(f"{room}: expected a list of masks, {_found(value)}")
    wrong = [why for each in value if (why := _not_a_mask(each))]
    if wrong:
        raise Unfit(*(f"{room}: {why}" for why in wrong))
    return value


def _not_a_mask(value: Any) -> str:
    """The error; "" for a valid mask."""
    if not isinstance(value, str) or not _MASK.fullmatch(value):
        return f"expected a mask nick!user@host, such as alice!*@192.0.2.7, {_found(value)}"
    if len(value) > _LONGEST_MASK:
        return f"expected a mask of at most {_LONGEST_MASK} characters, found {len(value)}"
    if not Mask(fold_mask(value)).is_cheap:
        return (
            "expected a mask without ? between its first and last *, or with fewer characters"
            f" there, {_found(value)}"
        )
    return ""


def _networks(value: Any, _kind: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of addresses, such as ["192.0.2.7"], {_found(value)}')
    return tuple(_network(each) for each in value)


def _network(value: Any) -> str:
    if value == "unix":
        return "unix"
    try:
        return str(ipaddress.ip_network(_line(value, str)))
    except ValueError:
        raise Unfit(f"expected an address, a network or 'unix', {_found(value)}") from None


def _names(value: Any, _kind: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Unfit(f'expected a list of accounts, such as ["alice"], {_found(value)}')
    return tuple(_name(each) for each in value)


def _name(value: Any) -> str:
    try:
        return nickname(_line(value, str), _BOUNDS["nickname"][1])
    except InvalidName as error:
        raise Unfit(f"{error}, {_found(value)}") from None


def _table_of(structure_entry: Callable[[str, Any], Any]) -> Hook:
    """A table of names, each with a value that `structure_entry` reads; it gets the name, too."""

    def structure_entries(value: Any, _kind: Any) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Unfit(f"expected a table of names, {_found(value)}")
        found: dict[str, Any] = {}
        wrong: list[str] = []
        for name, entry in value.items():
            try:
                found[_word(name, str)] = structure_entry(name, entry)
            except Unfit as error:
                wrong += error.args
        if wrong:
            raise Unfit(*wrong)
        return found

    return structure_entries


def _only(value: Any) -> Any:
    """The one value of a list: variables give lists."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _hash(name: str, value: Any) -> str:
    text = _only(value)  # it is secret, so it is not logged
    try:
        keys_from_text(text if isinstance(text, str) else "")
    except ValueError:
        raise Unfit(
            f"{name}: expected what `chatroom-server password` prints, not the password itself"
        ) from None
    return str(text)


def _one_word(name: str, value: Any) -> str:
    text = _only(value)
    if not isinstance(text, str) or not _WORD.fullmatch(text):
        raise Unfit(f"{name}: expected one word of at most 32 characters, {_found(text)}")
    return text


def _privileges(name: str, value: Any) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list):
        raise Unfit(f"{name}: expected a list of privileges, {_found(value)}")
    for word in words:
        if word not in PRIVILEGES:
            known = ", ".join(PRIVILEGES)
            raise Unfit(f"{name}: expected privileges out of {known}, {_found(word)}")
    return tuple(words)


def _one_of(*words: str) -> Hook:
    def structure_word(value: Any, _kind: Any) -> str:
        if not isinstance(value, str) or value not in words:
            raise Unfit(f"expected {' or '.join(map(repr, words))}, {_found(value)}")
        return value

    return structure_word


def _hooks(section: type[Any], hook_of: Callable[[Field[Any]], Hook]) -> dict[str, Hook]:
    return {row.name: hook_of(row) for row in fields(section)}


_SETTINGS = {"name": _host_name, "network": _word, "password": _secret, "motd": _text}
_SECTIONS: dict[type[Any], dict[str, Hook]] = {
    Settings: _hooks(Settings, lambda row: _SETTINGS.get(row.name, _line)),
    TlsSettings: {
        "certificate": _line,
        "key": _line,
        "required": _one_of(SECRETS, ALWAYS, NEVER),
        "sts": _truth,
    },
    HistorySettings: {
        "enabled": _truth,
        "durability": _one_of(*DURABILITIES),
        "replay": _whole(0, 500),
        "keep_days": _whole(0, 36_500),
        "keep_messages": _whole(0, 1_000_000_000),
        "backlog": _whole(1, 10_000_000),
    },
    AccountSettings: {
        **dict.fromkeys(("enabled", "registration", "before_connect"), _truth),
        **dict.fromkeys(("custom_names", "required"), _truth),
        "grace": _whole(0, 600),
        "rounds": _whole(1, 10_000_000),
    },
    OperatorSettings: {
        "accounts": _names,
        "passwords": _table_of(_hash),
        "class_of": _table_of(_one_word),
        "classes": _table_of(_privileges),
    },
    ProxySettings: {"proxy_protocol": _networks},
    RoomSettings: {"permanent": _rooms, "operators": _operators, "owners": _owners},
    Limits: _hooks(Limits, lambda row: _whole(*_BOUNDS.get(row.name, _OTHER_BOUNDS))),
    LogSettings: {"verbose": _truth},
    SystemSettings: {"io_uring": _truth},
    Keys: {"listen": _addresses, "hosts": _line, "data": _line},
}
"""One hook for each key; each section of the file is one class."""


def _make_converter() -> Converter:
    converter = Converter(detailed_validation=True)
    for section, hooks in _SECTIONS.items():
        converter.register_structure_hook(section, _table(section, converter, hooks))
    return converter


def _table(section: type[Any], converter: Converter, hooks: dict[str, Hook]) -> Hook:
    overrides: dict[str, Any] = {name: override(struct_hook=hook) for name, hook in hooks.items()}
    fill: Hook = make_dict_structure_fn(
        section, converter, _cattrs_forbid_extra_keys=True, **overrides
    )

    def structure_table(value: Any, kind: Any) -> Any:
        if not isinstance(value, dict):
            raise Unfit(f"expected a table of keys, {_found(value)}")
        return fill(value, kind)

    return structure_table


_converter = _make_converter()
