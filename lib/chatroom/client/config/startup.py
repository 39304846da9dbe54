"""Combines the command line and client.toml, and saves settings and answers in that file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from chatroom.client.config.passwords import from_command, from_file
from chatroom.client.config.profiles import (
    Config,
    ConfigError,
    Profile,
    config_file,
    save_no_offer,
    save_profile,
    save_settings,
)
from chatroom.client.credentials import Credentials
from chatroom.client.errors import ServiceError
from chatroom.client.files.xdg import NO_HOME
from chatroom.net.addresses import Address
from chatroom.wire.names import bare

SAVED_PROFILE = "main"
"""The name of the profile that a first run offers to save."""


class Options(NamedTuple):
    """The options of the command line. Without an address, the person chooses from the hosts file.

    `tls`: whether to speak TLS; None: as usual for the address. `fingerprint`: the only certificate
    that is trusted; "": as the system and the file of known servers say. `certificate`: the file
    with a certificate of the person's own. `discover`: whether to look for servers on the network.
    """

    address: Address | None = None
    nick: str = ""
    rooms: tuple[str, ...] = ()
    password_file: Path | None = None
    password_command: tuple[str, ...] = ()
    hosts: Path | None = None
    no_color: bool = False
    profile: str = ""
    tls: bool | None = None
    fingerprint: str = ""
    account: str = ""
    account_password_file: Path | None = None
    account_password_command: tuple[str, ...] = ()
    certificate: Path | None = None
    discover: bool = True

    @property
    def complete(self) -> bool:
        """Whether the person need not be asked anything."""
        return bool(self.address and self.nick and self.rooms)


def completed(options: Options, config: Config) -> Options:
    """Complete the options by the profile.

    Raises ConfigError. If the command line names a server, or lets the person choose one, but no
    profile, no profile is used: a server must not get the password of another one.
    """
    if not options.profile and (options.address or options.hosts):
        return options
    profile = config.profile(options.profile)
    from_profile = not options.password_file
    said = options.tls is not None or options.fingerprint
    own_fingerprint = "" if options.address else profile.fingerprint
    return options._replace(
        address=options.address or profile.address,
        nick=options.nick or profile.nick,
        rooms=options.rooms or profile.rooms,
        password_file=options.password_file or profile.password_file,
        password_command=profile.password_command if from_profile else (),
        tls=options.tls if said else profile.tls,
        account=options.account or profile.account,
        account_password_file=(options if options.account else profile).account_password_file,
        account_password_command=() if options.account else profile.account_password_command,
        certificate=options.certificate or (None if options.tls is False else profile.certificate),
        fingerprint=options.fingerprint or ("" if options.tls is False else own_fingerprint),
    )


def password(options: Options) -> str:
    """The server's password; "" for none. Raises PasswordError."""
    if options.password_file:
        return from_file(options.password_file)
    return from_command(options.password_command) if options.password_command else ""


def credentials(options: Options) -> Credentials | None:
    """The account to log in to, with its password, or without one by a certificate. Raises
    PasswordError."""
    if options.account_password_file:
        return Credentials(options.account, from_file(options.account_password_file))
    if options.account_password_command:
        return Credentials(options.account, from_command(options.account_password_command))
    return Credentials(options.account, "") if options.certificate else None


def keep_settings(settings: Mapping[str, str]) -> str:
    """Save the settings. Returns where they are, as a sentence. Raises ServiceError."""
    return _written(lambda file: save_settings(file, settings), "The settings are saved in {0}.")


def keep_answers(address: Address, nick: str, room: str, tls: bool | None) -> str:
    """Save the answers as the default profile; without `nick`, save that the person does not want
    to be asked again.

    Returns what was done, as a sentence. Raises ServiceError.
    """
    if not nick:
        return _written(save_no_offer, "You will not be asked again.")
    profile = Profile(address, nick, (bare(room),), tls=tls)
    return _written(
        lambda file: save_profile(file, SAVED_PROFILE, profile),
        f"Saved as the profile {SAVED_PROFILE} in {{0}}.",
    )


def _written(write: Callable[[Path], None], words: str) -> str:
    file = config_file()
    if file is None:
        raise ServiceError(f"Nothing can be saved: {NO_HOME}.")
    try:
        write(file)
    except ConfigError as error:
        raise ServiceError(f"{error}.") from None
    return words.format(file)
