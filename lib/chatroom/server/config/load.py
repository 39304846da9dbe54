"""The configuration: flag, then CHATROOM_* variable, then TOML file, then default.

All errors are collected, not only the first: each is a line that names its place (file or
variable), the key, and the expected value. schema.py defines the keys.
"""

import os
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from chatroom.chat.limits import Limits
from chatroom.chat.privileges import ALL
from chatroom.chat.settings import (
    AUTO,
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
from chatroom.net.addresses import Address, overlap
from chatroom.net.hosts import HostsError, read_hosts, ready_hosts_file
from chatroom.server.config.operator_masks import free_for_all
from chatroom.server.config.options import Options
from chatroom.server.config.places import (
    config_file,
    expanded,
    others_can_read,
    state_directory,
)
from chatroom.server.config.schema import (
    ALL_KEYS,
    ConfigKeys,
    LogSettings,
    SystemSettings,
    structure,
)
from chatroom.server.config.variables import (
    CONFIG_VARIABLE,
    KUBERNETES,
    VARIABLE_PREFIX,
    from_text,
    nearest_variable,
    variable_of,
)
from chatroom.store.database import exposed
from chatroom.wire.names import InvalidName, fold, prefixed, room_name

DEFAULT_ADDRESS = Address("127.0.0.1", 8080)
BY_DEFAULT = "the default"
"""The origin of DEFAULT_ADDRESS."""
_NOWHERE = Path(os.devnull) / "chatroom"
"""A data directory that does not exist and cannot be created."""

_Section = TypeVar(
    "_Section",
    Settings,
    TlsSettings,
    HistorySettings,
    AccountSettings,
    OperatorSettings,
    ProxySettings,
    WebSettings,
    FileSettings,
    LanSettings,
    MonitoringSettings,
    RoomSettings,
    Limits,
    LogSettings,
    SystemSettings,
)


class ConfigError(Exception):
    """The configuration is not usable. `faults` has a line for each error."""

    def __init__(self, faults: list[str], warnings: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults
        self.warnings = warnings


class Listening(NamedTuple):
    """An address to listen on, and the row, flag or key that asked for it.

    `row` is true if the address comes from a row of a hosts file, which may belong to another
    machine.
    """

    address: Address
    origin: str
    row: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """The complete configuration. `file` and `hosts` are the config file and the hosts file that
    were read, if any."""

    listen: tuple[Listening, ...]
    data: Path
    server: Settings
    tls: TlsSettings
    history: HistorySettings
    accounts: AccountSettings
    operators: OperatorSettings
    proxies: ProxySettings
    web: WebSettings
    files: FileSettings
    lan: LanSettings
    monitoring: MonitoringSettings
    rooms: RoomSettings
    limits: Limits
    log: LogSettings
    system: SystemSettings
    file: Path | None = None
    hosts: Path | None = None
    warnings: tuple[str, ...] = ()


def load(options: Options) -> Config:
    """Combine flags, environment and files. Raises ConfigError."""
    reading = _Reading(options)
    config = reading.config()
    if reading.faults:
        raise ConfigError(reading.faults, reading.warnings)
    return config


def check(options: Options) -> tuple[list[str], list[str]]:
    """Returns all errors and warnings that `load` finds."""
    reading = _Reading(options)
    reading.config()
    return reading.faults, reading.warnings


@dataclass(frozen=True, slots=True)
class _Layer:
    """The settings of one source: `said` as written there, `keys` with defaults for the rest.

    `place` returns a key in the notation of that source; relative paths start at `base`.
    """

    said: dict[str, Any]
    keys: ConfigKeys
    place: Callable[[str], str]
    base: Path


@dataclass
class _Reading:
    """One pass over all sources, which collects errors instead of stopping at the first."""

    options: Options
    hosts: Path | None = None
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def config(self) -> Config:
        """The configuration as far as it could be read; valid only without faults."""
        file = config_file(self.options)
        written = self._file_layer(file)
        variables = self._variables_layer()

        def section(below: _Section, above: _Section, name: str) -> _Section:
            return _overlaid(below, above, variables.said.get(name))

        server = section(written.keys.server, variables.keys.server, "server")
        limits = section(written.keys.limits, variables.keys.limits, "limits")
        log = section(written.keys.log, variables.keys.log, "log")
        rooms = section(written.keys.rooms, variables.keys.rooms, "rooms")
        self._check_rooms(server.room, rooms, limits.room_name, variables, written)
        history = section(written.keys.history, variables.keys.history, "history")
        accounts = section(written.keys.accounts, variables.keys.accounts, "accounts")
        if accounts.required and not (accounts.enabled and history.enabled):
            self.faults.append(
                "accounts.required: nobody could come in, because accounts need accounts.enabled"
                " and history.enabled"
            )
        data = self._data(variables, written, history.enabled or self.options.tool is not None)
        if history.enabled:
            self.warnings += exposed(data)
        return Config(
            listen=self._without_repeats(self._listen(variables, written)),
            data=data,
            server=server,
            tls=self._tls(written, variables),
            history=history,
            accounts=accounts,
            operators=self._operators(
                section(written.keys.operators, variables.keys.operators, "operators")
            ),
            proxies=section(written.keys.proxies, variables.keys.proxies, "proxies"),
            web=section(written.keys.web, variables.keys.web, "web"),
            files=section(written.keys.files, variables.keys.files, "files"),
            lan=section(written.keys.lan, variables.keys.lan, "lan"),
            monitoring=section(written.keys.monitoring, variables.keys.monitoring, "monitoring"),
            rooms=rooms,
            limits=limits,
            log=replace(
                log,
                verbose=log.verbose or self.options.verbose,
                format=self.options.log_format or log.format,
            ),
            system=section(written.keys.system, variables.keys.system, "system"),
            file=file,
            hosts=self.hosts,
            warnings=tuple(self.warnings),
        )

    def _check_rooms(
        self, first: str, rooms: RoomSettings, longest: int, variables: _Layer, written: _Layer
    ) -> None:
        """Complain about names that no room can have, and about rooms that are not permanent.
        `first` is the room that people are offered first."""
        self._check_room("server.room", first, longest, variables, written)
        for name in rooms.permanent:
            if name != first:
                self._check_room("rooms.permanent", name, longest, variables, written)
        permanent = {fold(name) for name in rooms.permanent}
        for key, named in (("rooms.operators", rooms.operators), ("rooms.owners", rooms.owners)):
            for name in named:
                if name not in rooms.permanent and name != first:
                    self._check_room(key, name, longest, variables, written)
            self.warnings += [
                f"{key}: {name} is not in rooms.permanent; is the name right?"
                for name in named
                if fold(name) not in permanent
            ]
        self.warnings += free_for_all(rooms.operators)

    def _operators(self, settings: OperatorSettings) -> OperatorSettings:
        """Returns `settings`. Complains about classes that are given to somebody but do not
        exist."""
        known = (*settings.classes, ALL)
        named = {fold(name) for name in (*settings.accounts, *settings.passwords)}
        for name, kind in settings.class_of.items():
            if kind not in known:
                self.faults.append(
                    f"operators.class_of: {name}: there is no class {kind!r} in operators.classes"
                )
            if fold(name) not in named:
                self.warnings.append(
                    f"operators.class_of: {name} is in neither operators.accounts nor"
                    " operators.passwords"
                )
        return settings

    def _tls(self, written: _Layer, variables: _Layer) -> TlsSettings:
        """The settings for TLS, with absolute paths of the files."""

        def placed(layer: _Layer) -> TlsSettings:
            tls = layer.keys.tls
            certificate, key = (
                text if text in ("", AUTO) else str((layer.base / expanded(text)).absolute())
                for text in (tls.certificate, tls.key)
            )
            return replace(tls, certificate=certificate, key=key)

        tls = _overlaid(placed(written), placed(variables), variables.said.get("tls"))
        if tls.key and tls.certificate in ("", AUTO):
            self.faults.append("tls.key: this needs tls.certificate, the file with its certificate")
        return tls

    def _layer(
        self, said: dict[str, Any], place: Callable[[str], str], base: Path = Path()
    ) -> _Layer:
        keys, faults = structure(said)
        self.faults += [f"{place(key)}: {message}" for key, message in faults]
        return _Layer(said, keys, place, base)

    def _file_layer(self, file: Path | None) -> _Layer:
        if file is None:
            return _Layer({}, ConfigKeys(), str, Path())
        layer = self._layer(self._read_toml(file), lambda key: f"{file}: {key}", file.parent)
        secret = "server.password" if layer.keys.server.password else ""
        secret = secret or ("operators.passwords" if layer.keys.operators.passwords else "")
        secret = secret or ("monitoring.token" if layer.keys.monitoring.token else "")
        secret = secret or ("proxies.webirc" if layer.keys.proxies.webirc else "")
        if secret and others_can_read(file):
            self.warnings.append(
                f"{file}: others can read this file, which contains {secret}; run: chmod 600 {file}"
            )
        return layer

    def _read_toml(self, file: Path) -> dict[str, Any]:
        try:
            return tomllib.loads(file.read_text(encoding="utf-8-sig"))
        except OSError as error:
            self.faults.append(f"{file}: {error.strerror}")
        except UnicodeDecodeError:
            self.faults.append(f"{file}: this file is not UTF-8 text")
        except ValueError as error:  # TOMLDecodeError, or Python's limit on the digits of a number
            self.faults.append(f"{file}: {error}")
        return {}

    def _variables_layer(self) -> _Layer:
        """The CHATROOM_* variables as a layer. Empty variables are ignored.

        Unknown variables are only warnings: they may belong to another program.
        """
        keys = {variable_of(key): key for key in ALL_KEYS}
        said: dict[str, Any] = {}
        of_kubernetes: list[str] = []
        for variable, text in sorted(os.environ.items()):
            if not variable.startswith(VARIABLE_PREFIX) or variable == CONFIG_VARIABLE:
                continue
            if variable not in keys and KUBERNETES.fullmatch(variable):
                of_kubernetes.append(variable)
            elif variable not in keys:
                self.warnings.append(
                    f"{variable} is not a setting; it is ignored{nearest_variable(variable)}"
                )
            elif text:
                section, _, name = keys[variable].rpartition(".")
                place = said.setdefault(section, {}) if section else said
                place[name] = from_text(text, ALL_KEYS[keys[variable]])
        if of_kubernetes:
            self.warnings.append(
                f"ignored: {', '.join(of_kubernetes)}; Kubernetes sets such variables"
            )
        return self._layer(said, variable_of)

    def _check_room(
        self, key: str, room: str, longest: int, variables: _Layer, written: _Layer
    ) -> None:
        section, _, name = key.partition(".")
        try:
            room_name(prefixed(room), longest)
        except InvalidName as error:
            author = variables if name in variables.said.get(section, {}) else written
            self.faults.append(f"{author.place(key)}: {error}, found '{room}'")

    def _listen(self, variables: _Layer, written: _Layer) -> list[Listening]:
        """The addresses of the first source that gives any."""
        if self.options.listen:
            found = [Listening(each, f"--listen {each}") for each in self.options.listen]
        elif layer := next((each for each in (variables, written) if each.keys.listen), None):
            found = [Listening(each, layer.place("listen")) for each in layer.keys.listen]
        else:
            return self._hosts(variables, written) or [Listening(DEFAULT_ADDRESS, BY_DEFAULT)]
        if self.options.hosts:
            origin = found[0].origin
            self.warnings.append(f"--hosts {self.options.hosts} is not used: {origin} overrides it")
        return found

    def _hosts(self, variables: _Layer, written: _Layer) -> list[Listening]:
        """The rows of the hosts file that was named, or else of the default one."""
        named = self.options.hosts or _named_path("hosts", variables, written)
        file = named or ready_hosts_file()
        if file is None:
            return []
        try:
            rows = read_hosts(file)
            self.hosts = file
        except HostsError as error:
            self.faults += str(error).splitlines()
            return []
        if named and not rows:
            self.faults.append(f"{file}: the file contains no server; expected rows of host,port")
        return [Listening(row.address, f"{file} line {row.line}", row=True) for row in rows]

    def _without_repeats(self, listen: list[Listening]) -> tuple[Listening, ...]:
        kept: dict[object, Listening] = {}
        for each in listen:
            # Port 0 gives a different free port each time.
            taken = object() if not (each.address.port or each.address.path) else each.address
            if first := kept.get(taken):
                self.warnings.append(
                    f"{each.origin}: {each.address} is already listed ({first.origin})"
                )
            elif first := next((one for one in kept.values() if _overlap(one, each)), None):
                self.faults.append(
                    f"{each.origin}: {each.address} overlaps with {first.address}"
                    f" ({first.origin}); leave one of them out"
                )
            kept.setdefault(taken, each)
        return tuple(kept.values())

    def _data(self, variables: _Layer, written: _Layer, needed: bool) -> Path:
        found = self.options.data or _named_path("data", variables, written) or state_directory()
        if found is None and needed:
            self.faults.append(
                "there is no home directory for the data; name a directory with --data DIR"
            )
        try:
            return (found or _NOWHERE).absolute()
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self.faults.append(
                f"{found} is relative to the current directory, which cannot be used: {reason}"
            )
            return _NOWHERE


def _overlap(one: Listening, other: Listening) -> bool:
    return overlap(one.address, other.address)


def _overlaid(below: _Section, above: _Section, said: dict[str, Any] | None) -> _Section:
    """`below`, overridden by the keys that were `said` in the layer above it."""
    return replace(below, **{name: getattr(above, name) for name in said or {}})


def _named_path(key: str, *layers: _Layer) -> Path | None:
    """The path that the first layer with this key gives."""
    texts: Iterator[tuple[str, Path]] = ((getattr(each.keys, key), each.base) for each in layers)
    return next((base / expanded(text) for text, base in texts if text), None)
