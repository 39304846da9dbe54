"""CAP: what a client and the server agree on (IRCv3 capability-negotiation)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from chatroom.chat.commands.account_registration import early_registration
from chatroom.chat.commands.arrival import register_if_complete
from chatroom.chat.commands.sasl import mechanisms
from chatroom.chat.output.answers import Steps
from chatroom.chat.refusals import Refused
from chatroom.chat.secrecy import why_no_secret
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.chat.sts import sts_value
from chatroom.wire.capabilities import (
    CAP_302,
    CAPABILITIES,
    Capabilities,
    in_lines,
    old_names_first,
)
from chatroom.wire.message import MAX_BODY, Message, body_size
from chatroom.wire.metadata import METADATA_NAMES, is_aware
from chatroom.wire.multiline import MULTILINE
from chatroom.wire.numerics import ERR_INVALIDCAPCMD


def cap(world: World, session: Session, message: Message) -> Steps | None:
    """CAP <subcommand> [<capabilities>]"""
    subcommand = message.params[0].upper()
    handler = _CAP_SUBCOMMANDS.get(subcommand)
    if handler is None:
        raise Refused(ERR_INVALIDCAPCMD, message.params[0])
    return handler(world, session, message.param(1))


def _cap_ls(world: World, session: Session, version: str) -> None:
    """CAP LS [<version>]: the reply is consistent with this version, although the session keeps the
    highest one ("CAP LS Version")."""
    number = min(int(version) if version.isascii() and version.isdigit() else 0, CAP_302)
    session.cap_version = max(session.cap_version, number)
    session.negotiating = not session.registered
    if number >= CAP_302:
        session.agree_on(session.capabilities | {"cap-notify"})
    words = _words(offered(world, session), number)
    if number >= CAP_302 and (sts := sts_value(world, session)):
        words.append(sts)
    _send_capabilities(world, session, "LS", words, number)


def offered(world: World, session: Session) -> dict[str, str]:
    """What the session is offered: names, in order, and their values, or ""."""
    names = (name for name in sorted(CAPABILITIES) if offers(world, session, name))
    listed = {name: _value(world, session, name) for name in names}
    return {**listed, ACCOUNT_REQUIRED: ""} if world.needs_account else listed


ACCOUNT_REQUIRED = "soju.im/account-required"
"""Says that nobody is let in without an account. It only informs, so it cannot be requested."""


def offers(world: World, session: Session, name: str) -> bool:
    """Whether a session can have a capability: clients in the clear are not asked for passwords."""
    if not world.offers(name):
        return False
    if name == "draft/account-registration" and not world.account_settings.registration:
        return False
    return name not in _OF_SECRETS or not why_no_secret(world, session)


_OF_SECRETS = ("sasl", "draft/account-registration", "draft/authtoken")


def _value(world: World, session: Session, name: str) -> str:
    """The value of a capability in CAP LS 302, and in CAP NEW; "" for none."""
    if name == "sasl":
        return ",".join(mechanisms(world, session))
    if name == MULTILINE:
        limits = world.limits
        return f"max-bytes={limits.multiline_bytes},max-lines={limits.multiline_lines}"
    if name in METADATA_NAMES:
        limits = world.limits
        return (
            f"before-connect,max-subs={limits.metadata_subscriptions},"
            f"max-keys={limits.metadata_keys},max-key-bytes={limits.metadata_key},"
            f"max-value-bytes={limits.metadata_value}"
        )
    if name == "draft/account-registration":
        said = {
            "before-connect": early_registration(world),
            "custom-account-name": world.account_settings.custom_names,
        }
        return ",".join(key for key, holds in said.items() if holds)
    return ""


def _words(listed: Mapping[str, str], version: int) -> list[str]:
    """Capabilities as CAP LS and CAP NEW list them for clients of that version."""
    if version >= CAP_302:
        return [f"{name}={value}" if value else name for name, value in listed.items()]
    return old_names_first(listed)


def _cap_list(world: World, session: Session, _rest: str) -> None:
    version = session.cap_version
    words = _words(dict.fromkeys(sorted(session.capabilities), ""), version)
    _send_capabilities(world, session, "LIST", words, version)


def _send_capabilities(
    world: World, session: Session, subcommand: str, words: list[str], version: int = 0
) -> None:
    """Send a list in as many lines as it needs. Clients of CAP LS 302 get a `*` in all lines but
    the last; to older ones each line is a list of its own."""
    more = ("*",) if version >= CAP_302 else ()
    *others, last = in_lines(words, _space(world, session, subcommand))
    for line in others:
        session.tell("CAP", session.user.nick or "*", subcommand, *more, line)
    session.tell("CAP", session.user.nick or "*", subcommand, last)


def _space(world: World, session: Session, subcommand: str) -> int:
    """Bytes of capabilities in one CAP line."""
    frame = ("CAP", (session.user.nick or "*", subcommand, "*", ""), world.settings.name)
    return MAX_BODY - body_size(Message(*frame))


def _cap_req(world: World, session: Session, wanted: str) -> None:
    session.negotiating = not session.registered
    changed = _changed_capabilities(world, session, wanted.split())
    subcommand = "NAK" if changed is None else "ACK"
    space = _space(world, session, subcommand)
    fits = len(wanted.encode()) <= space  # then the request is repeated unchanged
    for line in [wanted] if fits else in_lines(wanted.split(), space):
        session.tell("CAP", session.user.nick or "*", subcommand, line)
    if changed is not None:
        if is_aware(session.capabilities) and not is_aware(changed):
            world.subscriptions.clear(session)
        session.agree_on(changed)


def _changed_capabilities(world: World, session: Session, words: list[str]) -> Capabilities | None:
    """The capabilities after a REQ, which is accepted as a whole; None if it is refused."""
    names = set(session.capabilities)
    for word in words:
        name = word.removeprefix("-")
        if not offers(world, session, name) and not word.startswith("-"):
            return None
        if not word.startswith("-"):
            names.add(name)
        elif name == "cap-notify" and session.cap_version >= CAP_302:
            return None  # implied by 302; a client cannot disable it
        else:
            names.discard(name)
    if names >= METADATA_NAMES:
        return None  # no client may have both (metadata-3, "Relation with other specifications")
    return frozenset(names)


def _cap_end(world: World, session: Session, _rest: str) -> Steps | None:
    if session.registered:
        return None
    session.negotiating = False
    return register_if_complete(world, session)


_CAP_SUBCOMMANDS = {"LS": _cap_ls, "LIST": _cap_list, "REQ": _cap_req, "END": _cap_end}


# What changes while clients are connected


class _Kind(NamedTuple):
    """What distinguishes sessions that are offered different capabilities."""

    secure: bool
    by_certificate: bool


def _kind_of(session: Session) -> _Kind:
    return _Kind(session.secure, bool(session.transport.fingerprint or session.offered))


class Offers:
    """What sessions were offered before something changed, such as the configuration, or what
    another process had offered them (`snapshot`)."""

    def __init__(self, world: World, taken: Sequence[Any] | None = None) -> None:
        self._world = world
        self._before = self._now() if taken is None else dict(map(_from_plain, taken))

    def snapshot(self) -> list[Any]:
        """What was offered, as plain values."""
        return [[*kind, offers] for kind, offers in self._before.items()]

    def _now(self) -> dict[_Kind, dict[str, str]]:
        found: dict[_Kind, dict[str, str]] = {}
        for session in _notified(self._world):
            kind = _kind_of(session)
            if kind not in found:
                found[kind] = offered(self._world, session)
        return found

    def announce(self) -> Steps:
        """Send CAP NEW and CAP DEL to clients with cap-notify: for capabilities that are new, have
        another value, or are no longer offered. The latter are cancelled."""
        before, after = self._before, self._now()
        if before == after:
            return
        for count, session in enumerate(list(_notified(self._world)), 1):
            kind = _kind_of(session)
            if kind in before and kind in after and not session.closing:
                _announce(self._world, session, before[kind], after[kind])
            if not count % AT_ONCE:
                yield


def _from_plain(values: Sequence[Any]) -> tuple[_Kind, dict[str, str]]:
    secure, by_certificate, offers = values
    return _Kind(secure, by_certificate), offers


AT_ONCE = 50
"""Sessions that get an announcement in one step."""


def _notified(world: World) -> Iterator[Session]:
    for user in world.users.values():
        for session in user.sessions:
            if isinstance(session, Session) and "cap-notify" in session.capabilities:
                yield session


def _announce(
    world: World, session: Session, before: Mapping[str, str], after: Mapping[str, str]
) -> None:
    gone = sorted(before.keys() - after.keys())
    if gone:
        _send_capabilities(world, session, "DEL", gone)
        session.agree_on(session.capabilities.difference(gone))
    takes_values = session.cap_version >= CAP_302
    new = {
        name: value
        for name, value in after.items()
        if name not in before or (takes_values and value != before[name])
    }
    if new:
        _send_capabilities(world, session, "NEW", _words(new, session.cap_version))
