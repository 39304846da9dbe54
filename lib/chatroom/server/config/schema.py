"""The config file: its keys with the bounds of their values, and a sample that shows them all.

The names, defaults and comments of [server] and [limits] are rows of chat/settings.py and
chat/limits.py; what values they may have is defined here, by the functions of `values`.
"""

import difflib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass
from typing import Any

from cattrs import Converter
from cattrs.errors import ClassValidationError, ForbiddenExtraKeysError
from cattrs.gen import make_dict_structure_fn, override

from chatroom.chat.limits import Limits
from chatroom.chat.settings import (
    ALWAYS,
    NEVER,
    SECRETS,
    AccountSettings,
    FileSettings,
    HistorySettings,
    LanSettings,
    MonitoringSettings,
    OperatorSettings,
    ProxySettings,
    RoomSettings,
    Settings,
    TlsSettings,
    WebSettings,
)
from chatroom.net.addresses import Address
from chatroom.net.hosts import HOSTS_FILE
from chatroom.server.config.values import (
    LONGEST_NICKNAME,
    LONGEST_ROOM,
    Hook,
    Unfit,
    as_addresses,
    as_announcement,
    as_denied_tags,
    as_gateways,
    as_hash,
    as_host_name,
    as_icon,
    as_label,
    as_line,
    as_names,
    as_networks,
    as_one_word,
    as_operators,
    as_origin_or_nothing,
    as_origins,
    as_owners,
    as_privileges,
    as_rooms,
    as_secret,
    as_text,
    as_token,
    as_truth,
    as_web_hosts,
    as_word,
    one_of,
    shown,
    table_of,
    whole,
)
from chatroom.server.log_formats import JSON, TEXT
from chatroom.store.database import DURABILITIES

_DAY = 86_400
_BOUNDS = {
    "nickname": (1, LONGEST_NICKNAME),
    "username": (1, 64),
    "realname": (1, 400),
    "room_name": (2, LONGEST_ROOM),
    "topic": (1, 400),
    "key": (1, 64),
    "reason": (1, 400),
    "away": (1, 400),
    "mode_changes": (1, 50),
    "targets": (1, 100),
    "monitor": (1, 1000),
    "whowas": (0, 1_000_000),
    "lines_per_tick": (1, 10_000),
    "flood_rate": (0, 1_000_000),
    "flood_time": (1, 1000),
    "multiline_bytes": (512, 65_536),
    "multiline_lines": (2, 1000),
    "outbox": (65_536, 1 << 30),
    "slow_reader": (1, _DAY),
    "registration": (1, _DAY),
    "idle_ping": (1, _DAY),
    "ping_timeout": (1, _DAY),
    "per_address": (0, 1_000_000),
    "accounts_per_address": (0, 1_000_000),
    "connections_per_account": (0, 1_000_000),
    "rooms_per_account": (0, 1_000),
    "always_on": (0, 100_000),
    "certificates": (0, 1_000),
    "metadata_keys": (0, 100),  # a change saves all of them; 100 take 0.3 ms
    "metadata_key": (1, 128),
    "metadata_value": (1, 400),
    "metadata_subscriptions": (1, 1_000),
    **dict.fromkeys(("joins", "lines", "nick_changes", "searches"), (0, 1_000_000)),
    "bytes": (0, 1_000_000_000),
    "tries_per_address": (0, 1_000),
    "tries_per_account": (0, 1_000),
    "descriptors_reserved": (8, 1024),
    **dict.fromkeys(("request", "keep_alive"), (1, _DAY)),
    "goodbye": (0, 60),
}
"""The smallest and largest value of a limit. Lengths are bounded by the 512 bytes of a line."""
_OTHER_BOUNDS = (1, 1_000_000)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """The log on standard error."""

    verbose: bool = field(
        default=False, metadata={"why": "log more detail; never what people write"}
    )
    format: str = field(
        default=TEXT, metadata={"why": '"text": lines for people; "json": an object in each line'}
    )


@dataclass(frozen=True, slots=True)
class SystemSettings:
    """Optional features of the operating system."""

    io_uring: bool = field(
        default=True,
        metadata={"why": "write to many connections with one system call, if Linux has io_uring"},
    )


@dataclass(frozen=True, slots=True)
class ConfigKeys:
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
    web: WebSettings = field(default_factory=WebSettings)
    files: FileSettings = field(default_factory=FileSettings)
    lan: LanSettings = field(default_factory=LanSettings)
    monitoring: MonitoringSettings = field(default_factory=MonitoringSettings)
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


ALL_KEYS = dict(_defaults(ConfigKeys()))
"""Every key with its default: {"listen": (), "server.name": "chatroom.local", ...}."""


def structure(said: dict[str, Any]) -> tuple[ConfigKeys, list[tuple[str, str]]]:
    """Convert a parsed TOML file. Returns the keys, and the errors as (key, message).

    An invalid key gets its default, so that the caller can look for other errors. A list alone
    says the same as the first key of its table: `operators = ["alice"]`.
    """
    if isinstance(said.get("operators"), list):
        said = {**said, "operators": {"accounts": said["operators"]}}
    try:
        return _converter.structure(said, ConfigKeys), []
    except ClassValidationError as error:
        faults = list(_faults(error))
    wrong = {key for key, _ in faults}
    return _converter.structure(_without(said, wrong), ConfigKeys), faults


def nearest(word: str, known: Mapping[str, str]) -> str:
    """`; did you mean …?` with the value of the most similar key; "" if none is similar, or if that
    value is empty."""
    found = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {known[found[0]]}?" if found and known[found[0]] else ""


def sample() -> str:
    """A TOML file with the default of every key, and a comment above each."""
    return _HEAD + "\n" + "\n".join(_rows(ConfigKeys()))


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
    rows = [*(row.name for row in fields(ConfigKeys)), *ALL_KEYS]
    rows.sort(key=lambda row: row.startswith(f"{section}."))
    return f"unknown key{nearest(word, {row.rpartition('.')[2]: row for row in rows})}"


def _without(said: dict[str, Any], wrong: set[str], prefix: str = "") -> dict[str, Any]:
    return {
        name: _without(value, wrong, f"{name}.") if isinstance(value, dict) else value
        for name, value in said.items()
        if prefix + name not in wrong
    }


def _hooks(section: type[Any], hook_of: Callable[[Field[Any]], Hook]) -> dict[str, Hook]:
    return {row.name: hook_of(row) for row in fields(section)}


_SETTINGS = {
    "name": as_host_name,
    "network": as_word,
    "password": as_secret,
    "motd": as_text,
    "icon": as_icon,
    "client_tag_deny": as_denied_tags,
}
_SECTIONS: dict[type[Any], dict[str, Hook]] = {
    Settings: _hooks(Settings, lambda row: _SETTINGS.get(row.name, as_line)),
    TlsSettings: {
        "certificate": as_line,
        "key": as_line,
        "required": one_of(SECRETS, ALWAYS, NEVER),
        "sts": as_truth,
    },
    HistorySettings: {
        "enabled": as_truth,
        "durability": one_of(*DURABILITIES),
        "replay": whole(0, 500),
        "keep_days": whole(0, 36_500),
        "keep_messages": whole(0, 1_000_000_000),
        "backlog": whole(1, 10_000_000),
    },
    AccountSettings: {
        **dict.fromkeys(("enabled", "registration", "before_connect"), as_truth),
        **dict.fromkeys(("custom_names", "required", "always_on"), as_truth),
        "grace": whole(0, 600),
        "rounds": whole(1, 10_000_000),
    },
    OperatorSettings: {
        "accounts": as_names,
        "passwords": table_of(as_hash),
        "class_of": table_of(as_one_word),
        "classes": table_of(as_privileges),
    },
    ProxySettings: {"proxy_protocol": as_networks, "webirc": as_gateways},
    WebSettings: {
        "enabled": as_truth,
        "hosts": as_web_hosts,
        "url": as_origin_or_nothing,
        "origins": as_origins,
        "trusted_proxies": as_networks,
    },
    FileSettings: {
        **dict.fromkeys(("enabled", "guests"), as_truth),
        "size": whole(1, 1_000_000),
        **dict.fromkeys(("quota", "total", "keep_free"), whole(0, 1_000_000_000)),
        "retention": whole(0, 36_500),
    },
    LanSettings: {"announce": as_announcement, "name": as_label, "qr": as_truth},
    MonitoringSettings: {"allow": as_networks, "token": as_token},
    RoomSettings: {"permanent": as_rooms, "operators": as_operators, "owners": as_owners},
    Limits: _hooks(Limits, lambda row: whole(*_BOUNDS.get(row.name, _OTHER_BOUNDS))),
    LogSettings: {"verbose": as_truth, "format": one_of(TEXT, JSON)},
    SystemSettings: {"io_uring": as_truth},
    ConfigKeys: {"listen": as_addresses, "hosts": as_line, "data": as_line},
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
            raise Unfit(f"expected a table of keys, {shown(value)}")
        return fill(value, kind)

    return structure_table


_converter = _make_converter()
