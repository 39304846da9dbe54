"""What the command line and client.toml amount to, and what is written into that file."""

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
from chatroom.client.errors import ServiceError
from chatroom.client.files.xdg import NO_HOME
from chatroom.net.addresses import Address
from chatroom.wire.names import bare

SAVED_PROFILE = "main"
"""What the profile is called that the first run offers to save."""


class Options(NamedTuple):
    """What the command line says. Without an address the person chooses from the hosts file.

    `tls`: whether to speak TLS; None: as the address wants. `fingerprint`: the only certificate
    that is trusted; "": as the system and the file of known servers say.
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

    @property
    def complete(self) -> bool:
        """Whether nothing has to be asked."""
        return bool(self.address and self.nick and self.rooms)


def completed(options: Options, config: Config) -> Options:
    """What the command line leaves open, as the profile has it. Raises ConfigError.

    Not for a server that was named, or is to be chosen, when no profile was: no server shall be
    told the password of another one.
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
        fingerprint=options.fingerprint or ("" if options.tls is False else own_fingerprint),
    )


def password(options: Options) -> str:
    """The server's password; "" for none. Raises PasswordError."""
    if options.password_file:
        return from_file(options.password_file)
    return from_command(options.password_command) if options.password_command else ""


def keep_settings(settings: Mapping[str, str]) -> str:
    """Raises ServiceError; else it says where they are."""
    return _written(lambda file: save_settings(file, settings), "The settings are saved in {0}.")


def keep_answers(address: Address, nick: str, room: str, tls: bool | None) -> str:
    """As a profile that is the default from now on; without `nick`, that one does not want to.

    Raises ServiceError; else it says what was done.
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
