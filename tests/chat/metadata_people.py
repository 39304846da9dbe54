"""People who know metadata: what the tests of METADATA share."""

from collections.abc import Iterator, Mapping

from chat.people import BareWorld, Peer, a_world, first_step, heard, say, world_of
from chat.stored_history import StoredHistory
from chatroom.chat.connections import attach
from chatroom.chat.limits import Limits
from chatroom.chat.restored_accounts import restore_metadata
from chatroom.chat.session import Session
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, LoggedIn
from chatroom.wire.message import MAX_SERVER_TAGS, decode
from chatroom.wire.metadata import METADATA

AWARE = f"batch {METADATA}"


def begin(history: StoredHistory | None = None, limits: Limits | None = None) -> BareWorld:
    """A server that starts: alice and bob have accounts."""
    world = a_world(limits, history)
    for number, name in enumerate(("alice", "bob"), 1):
        apply(world, AccountAdded(name, number=number))
    restore_metadata(world, history.saved_metadata() if history is not None else {})
    return world


def newcomer(world: BareWorld, capabilities: str = AWARE, account: str = "") -> Session:
    """A connection that has not registered."""
    session = attach(world, Peer(), "192.0.2.1")
    session.agree_on(frozenset(capabilities.split()))
    if account:
        apply(world, LoggedIn(session.user.id, account, world.now))
    heard(session)
    return session


def come(
    world: BareWorld, nick: str, capabilities: str = AWARE, account: str = "", subscribe: str = ""
) -> Session:
    """Somebody who has registered, and has subscribed to these keys; alice and bob are logged in
    to their accounts."""
    session = newcomer(world, capabilities, account or (nick if world.accounts.find(nick) else ""))
    say(session, f"NICK {nick}", "USER user 0 * :user")
    if subscribe:
        say(session, f"METADATA * SUB {subscribe}")
    heard(session)
    return session


def settle(world: BareWorld) -> None:
    """What a tick commits."""
    if isinstance(world.log, StoredHistory):
        world.log.commit()


def ask(session: Session, *lines: str) -> list[str]:
    """What these lines are answered, in ticks that each end with a commit."""
    world = world_of(session)
    for line in lines:
        first_step(session, line)
        while session.answer is not None:
            settle(world)
            if not session.answer.advance():
                session.answer = None
        settle(world)
    return answers(session)


def answers(session: Session) -> list[str]:
    """What has come, without the server's name and the references of batches."""
    names: dict[str, str] = {}
    return [text for line in heard(session) if (text := _plain(line, names))]


def _plain(line: str, names: Mapping[str, str]) -> str:
    message = decode(line.encode(), MAX_SERVER_TAGS)
    assert message is not None
    command, params, source, tags = message
    if command == "BATCH":
        params = (params[0][0], *params[1:])
    inside = "  " if "batch" in tags else ""
    who = "" if source == "chatroom.local" else f":{source} "
    return inside + who + " ".join((command, *params))


def in_batch(lines: list[str], name: str) -> list[str]:
    """The lines of the one batch of metadata with that parameter."""
    assert lines.count(f"BATCH + metadata {name}") == 1
    begin = lines.index(f"BATCH + metadata {name}")
    return [line.strip() for line in lines[begin + 1 : lines.index("BATCH -", begin)]]


def metadata_lines(lines: list[str]) -> list[str]:
    """Those that tell values, or to ask for them."""
    return [line.strip() for line in lines if line.strip()[:3] in ("761", "766", "774")]


def values(session: Session, target: str) -> dict[str, str]:
    """What LIST shows."""
    return dict(_values(ask(session, f"METADATA {target} LIST")))


def _values(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        if line.startswith("  761 "):
            _, _, _, key, _, value = line.strip().split(" ", 5)
            yield key, value
