"""client.toml: profiles of servers, and settings.

    default = "work"

    [profiles.work]
    address = "chat.example.org:8080"
    nick = "alice"
    rooms = ["general", "ops"]
    password_command = ["pass", "show", "chat"]
    tls = true

    [settings]
    bell = "off"

All errors are reported, each with its key. When the program writes the file, comments and order
stay as they are, and only the owner can read the file. Errors of the system become ConfigError.
"""

import shlex
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError

from chatroom.client.files.replacing import replace
from chatroom.client.files.xdg import config_directory
from chatroom.net.addresses import Address, AddressError, parse_address, parse_port
from chatroom.text.display import visible
from chatroom.text.fingerprints import BadFingerprint, parse_fingerprint

FILE_NAME = "client.toml"
DEFAULT_PORT = 8080
_ONLY_THE_OWNER = 0o700


class ConfigError(Exception):
    """The file cannot be used, or not written; `str()` has a line for each error."""


class Unfit(Exception):
    """The key cannot have this value; `str()` says what is expected."""


class Profile(NamedTuple):
    """A server, and who the user is there. Empty values are asked for, or have a default."""

    address: Address | None = None
    nick: str = ""
    rooms: tuple[str, ...] = ()
    password_file: Path | None = None
    password_command: tuple[str, ...] = ()
    tls: bool | None = None
    fingerprint: str = ""
    account: str = ""
    account_password_file: Path | None = None
    account_password_command: tuple[str, ...] = ()
    certificate: Path | None = None


@dataclass(frozen=True)
class Config:
    """The contents of the file. `offer` is whether to offer to save the answers of a first run."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    default: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    offer: bool = True

    def profile(self, name: str = "") -> Profile:
        """The profile of that name, or the default one. Raises ConfigError."""
        wanted = name or self.default
        if not wanted:
            return Profile()
        if wanted not in self.profiles:
            known = ", ".join(self.profiles) or "none"
            raise ConfigError(f"There is no profile {visible(wanted)}; known: {visible(known)}")
        return self.profiles[wanted]


def config_file() -> Path | None:
    """The path of the file, which need not exist; None without a home directory."""
    directory = config_directory()
    return directory and directory / FILE_NAME


def read_config(path: Path | None) -> Config:
    """Read the file; a missing one is empty. Raises ConfigError with all errors."""
    if path is None:
        return Config()
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: this file is not UTF-8 text") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from None
    except ValueError as error:  # TOMLDecodeError, or a number of thousands of digits
        raise ConfigError(f"{path}: {error}") from None
    reading = _Reading(path.parent)
    config = reading.config(said)
    if reading.faults:
        raise ConfigError("\n".join(f"{path}: {fault}" for fault in reading.faults))
    return config


class _Reading:
    """One pass over the file, which collects all errors. Relative paths start at `base`."""

    def __init__(self, base: Path) -> None:
        self.faults: list[str] = []
        self._base = base

    def config(self, said: dict[str, Any]) -> Config:
        """The configuration as far as it could be read; valid only without faults."""
        told = dict(self._checked(said, "", _KEYS))
        profiles = {
            name: self._profile(f"profiles.{name}.", self._table(f"profiles.{name}", row))
            for name, row in told.pop("profiles", {}).items()
        }
        settings = dict(self._settings(told.pop("settings", {})))
        default = told.get("default", "")
        if default and default not in profiles:
            self.faults.append(f"default: there is no profile {visible(default)}")
        return Config(profiles, default, settings, told.get("offer", True))

    def _checked(
        self, said: dict[str, Any], prefix: str, checks: "Mapping[str, _Check]"
    ) -> Iterator[tuple[str, Any]]:
        for key, value in said.items():
            if key not in checks:
                self.faults.append(f"{prefix}{key}: unknown key{_nearest(key, checks)}")
                continue
            try:
                yield key, checks[key](value)
            except (Unfit, AddressError) as error:
                self.faults.append(f"{prefix}{key}: {error}")

    def _table(self, key: str, value: object) -> dict[str, Any]:
        if isinstance(value, dict):
            return value
        self.faults.append(f"{key}: expected a table of keys, {_found(value)}")
        return {}

    def _profile(self, prefix: str, said: dict[str, Any]) -> Profile:
        told = dict(self._checked(said, prefix, _PROFILE_KEYS))
        if "address" in told and ("host" in told or "port" in told):
            self.faults.append(f"{prefix}address: give either this key, or host and port")
        if "port" in told and "host" not in told and "address" not in told:
            self.faults.append(f"{prefix}port: this key needs host as well")
        if "password_file" in told and "password_command" in told:
            self.faults.append(f"{prefix}password_file: give either this key or password_command")
        secrets = {"account_password_file", "account_password_command"} & told.keys()
        if len(secrets) > 1:
            self.faults.append(
                f"{prefix}account_password_file: give either this key or account_password_command"
            )
        if secrets and "account" not in told:
            self.faults.append(f"{prefix}{min(secrets)}: this key needs account as well")
        if "account" in told and not secrets and "certificate" not in told:
            self.faults.append(
                f"{prefix}account: this key needs account_password_file,"
                " account_password_command or certificate"
            )
        for key in ("fingerprint", "certificate"):
            if told.get("tls") is False and key in told:
                self.faults.append(f"{prefix}{key}: this key needs TLS, and tls is false")
        address = told.get("address")
        if "host" in told:
            address = Address(told["host"], told.get("port", DEFAULT_PORT))
        file = told.get("password_file")
        return Profile(
            address,
            told.get("nick", ""),
            told.get("rooms", ()),
            self._base / file if file else None,
            told.get("password_command", ()),
            told.get("tls"),
            told.get("fingerprint", ""),
            told.get("account", ""),
            self._base / told["account_password_file"] if "account_password_file" in told else None,
            told.get("account_password_command", ()),
            self._base / told["certificate"] if "certificate" in told else None,
        )

    def _settings(self, said: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Check only the types; `Settings` knows the names and the values."""
        for key, value in said.items():
            if isinstance(value, bool):
                yield key, "on" if value else "off"
            elif isinstance(value, str | int):
                yield key, str(value)
            else:
                self.faults.append(f"settings.{key}: expected text in quotes, {_found(value)}")


# The values of a key


_Check = Callable[[Any], Any]


def _line(value: Any) -> str:
    if not isinstance(value, str):
        raise Unfit(f"expected text in quotes, {_found(value)}")
    if visible(value) != value or not value.strip():
        raise Unfit("expected one line of text")
    return value.strip()


def _lines(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise Unfit(f'expected a list such as ["general"], {_found(value)}')
    return tuple(map(_line, value))


def _word(value: Any) -> str:
    word = _line(value)
    if len(word.split()) > 1:
        raise Unfit("expected one word")
    return word


def _port(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise Unfit(f"expected a number, {_found(value)}")
    return parse_port(str(value))


def _address(value: Any) -> Address:
    return parse_address(_line(value))


def _path(value: Any) -> Path:
    try:
        return Path(_line(value)).expanduser()
    except RuntimeError:
        raise Unfit("there is no home directory of that name") from None


def _command(value: Any) -> tuple[str, ...]:
    """Split the command into words. No shell runs it, so that no character has a special
    meaning."""
    if isinstance(value, list):
        return _lines(value)
    try:
        return tuple(shlex.split(_line(value)))
    except ValueError as error:
        raise Unfit(f"cannot split this into words: {error}") from None


def _fingerprint(value: Any) -> str:
    try:
        return parse_fingerprint(_line(value))
    except BadFingerprint as error:
        raise Unfit(str(error)) from None


def _table(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Unfit(f"expected a table, {_found(value)}")
    return value


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unfit(f"expected true or false, {_found(value)}")
    return value


_KEYS: dict[str, _Check] = {
    "default": _line,
    "offer": _truth,
    "profiles": _table,
    "settings": _table,
}
_PROFILE_KEYS: dict[str, _Check] = {
    "address": _address,
    "host": _word,
    "port": _port,
    "nick": _word,
    "rooms": _lines,
    "password_file": _path,
    "password_command": _command,
    "tls": _truth,
    "fingerprint": _fingerprint,
    "account": _word,
    "account_password_file": _path,
    "account_password_command": _command,
    "certificate": _path,
}


def _found(value: object) -> str:
    kinds = {bool: "true or false", str: "text", dict: "a table", list: "a list", int: "a number"}
    return f"found {kinds.get(type(value), 'something else')}"


def _nearest(key: str, known: Mapping[str, object]) -> str:
    found = get_close_matches(key, known, 1)
    return f"; did you mean {found[0]}?" if found else ""


# Writing


def save_profile(path: Path, name: str, profile: Profile) -> None:
    """Add a profile, or change one; the first one becomes the default. Raises ConfigError."""

    def change(document: tomlkit.TOMLDocument) -> None:
        if "default" not in document:
            document["default"] = name
        row = document.setdefault("profiles", tomlkit.table(True)).setdefault(name, tomlkit.table())
        row["address"] = str(profile.address)
        row["nick"] = profile.nick
        row["rooms"] = list(profile.rooms)
        if profile.tls is not None:
            row["tls"] = profile.tls

    _rewrite(path, change)


def save_settings(path: Path, settings: Mapping[str, str]) -> None:
    """Save these settings, and remove all others. Raises ConfigError."""

    def change(document: tomlkit.TOMLDocument) -> None:
        table = document.setdefault("settings", tomlkit.table())
        for key in [key for key in table if key not in settings]:
            del table[key]
        table.update(settings)

    _rewrite(path, change)


def save_no_offer(path: Path) -> None:
    """Remember not to offer to save again. Raises ConfigError."""
    _rewrite(path, lambda document: document.update({"offer": False}))


def _rewrite(path: Path, change: Callable[[tomlkit.TOMLDocument], None]) -> None:
    """Write the file. If it is a link, the target is written, because many people keep their
    configuration elsewhere."""
    try:
        place = path.resolve()
        text = place.read_text(encoding="utf-8-sig") if place.exists() else ""
        document = tomlkit.parse(text)
        change(document)
        place.parent.mkdir(_ONLY_THE_OWNER, parents=True, exist_ok=True)
        replace(place, tomlkit.dumps(document))
    except OSError as error:
        raise ConfigError(f"Cannot write {path}: {error.strerror}") from None
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise ConfigError(f"Cannot read {path}: {error}") from None
