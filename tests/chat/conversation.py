"""A conversation as plain values, played into a world: what the tests of determinism share.

`python tests/chat/conversation.py` plays a fixed one and prints what came of it, so that processes
with other hash seeds, locales and time zones can be compared.
"""

import hashlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from chat.memory_history import MemoryHistory
from chat.memory_keeper import MemoryKeeper
from chat.moved import move
from chat.people import NOW, Peer, a_world, heard, say
from chatroom.chat.accounts_port import Answer, Answered, Verdict
from chatroom.chat.commands.accounts import log_in, log_out
from chatroom.chat.connections import attach, attach_to, depart
from chatroom.chat.dispatch import attempt
from chatroom.chat.expiry import expire
from chatroom.chat.limits import Limits
from chatroom.chat.named_operators import name_operators
from chatroom.chat.permanent_rooms import open_rooms
from chatroom.chat.ports import Recipient
from chatroom.chat.session import Session
from chatroom.chat.settings import NEVER, OperatorSettings, TlsSettings
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import (
    AccountRemoved,
    AccountRenamed,
    AccountSuspended,
    AlwaysOnSet,
    Erased,
    Event,
    LimitsChanged,
    MarkersRestored,
    MarkUndone,
    MetadataRestored,
    Quit,
    Relocated,
    ServerBansRestored,
    WaitingRestored,
)
from chatroom.chat.state.world import World
from chatroom.chat.staying import restore_users, staying
from chatroom.wire.private import log_of

CAPABILITIES = (
    "",
    "message-tags server-time batch echo-message labeled-response draft/message-redaction"
    " account-tag account-notify extended-join sasl",
    "multi-prefix userhost-in-names",
    "draft/chathistory batch server-time message-tags draft/event-playback draft/metadata-3",
)


class Step(NamedTuple):
    """Milliseconds later, this one of the visitors says a line. Some words are no IRC: COME, GONE,
    NAME (the configuration names them operator of #hall), SET (it has another limit), TWICE (they
    connect a second time), OTHER (they act there), ONCE (they leave there), BACK (they log in to
    the first account), RESTORE (what waits is restored), ALWAYS (their account is always on),
    AGAIN (the server starts again, for those who stay). SUSPEND, RESUME, RENAME and REMOVE are
    what the operator does to the account of p0."""

    later: int
    who: int
    line: str


class Played(NamedTuple):
    """A world at the end, what each session was sent, and the events."""

    world: World
    sent: list[list[str]]
    events: list[Event]


def a_new_world() -> World:
    world = a_world(Limits(list_entries=3, mode_changes=4, whowas=3), MemoryHistory(), 3)
    world.keeper = MemoryKeeper()
    world.operator_keeper = MemoryOperators()
    world.set_operator_settings(OperatorSettings(passwords={"root": "of no account here"}))
    world.set_tls(TlsSettings(required=NEVER), False)
    return world


class MemoryOperators:
    """Accepts one password, at once."""

    def verify(self, _name: str, password: str, _host: str, answered: Answered) -> None:
        answered(Answer(Verdict.DONE if password == "sesame" else Verdict.WRONG))


OPERATOR = ("SUSPEND", "RESUME", "RENAME", "REMOVE")


def _restart(world: World) -> None:
    """Those who stay without a connection leave, and come back as after a restart."""
    assert isinstance(world.log, MemoryHistory)
    users = [(world.accounts.number_of(one.account), one) for one in world.absent]
    kept = {number: world.log.users.get(number) for number, _ in users}
    for _, user in users:
        apply(world, Quit(user.id, "restart", world.now))
    restore_users(world, staying(world, {number: one for number, one in kept.items() if one}))


def _operate(world: World, line: str) -> None:
    """What the operator does to the first account that there is."""
    account = next(iter(world.accounts), None)
    if account is None:
        return
    if line == "RENAME":
        apply(world, AccountRenamed(account.name, f"{account.name}x"[-20:], world.now))
    elif line == "REMOVE":
        assert isinstance(world.log, MemoryHistory)
        last = world.log.last_msgid
        apply(world, AccountRemoved(account.name, world.now))
        for log in ("#a", log_of(account.number, account.number + 1)):
            apply(world, Erased(account.number, log, "p0!u0@192.0.2.1", last, world.now))
    else:
        apply(world, AccountSuspended(account.name, line == "SUSPEND", world.now))


def play(steps: Sequence[Step], moves: Collection[int] = ()) -> Played:
    """Play the steps into a new world; in a line, [msgid] is the log's last message, [me]
    and [other] are nicknames. Before each of the steps with the numbers `moves`, the chat goes on
    in another world."""
    world = a_new_world()
    events: list[Event] = []
    world.on_event = events.append
    world.on_expelled = _expel
    open_rooms(world, ["#hall"], {})
    apply(world, ServerBansRestored((("*!*@198.51.100.1", False, "root", NOW, NOW + 9, "old"),)))
    people = [_arrive(world, number) for number in range(len(CAPABILITIES))]
    sent: list[list[str]] = [[] for _ in people]
    second: list[list[Session]] = [[] for _ in people]
    now = NOW
    for number, (later, who, line) in enumerate(steps):
        if number in moves:
            world, people, second = _moved(world, people, second)
        now += later / 1000
        world.set_time(now, now - NOW)
        expire(world)
        if line == "COME" and people[who].closing and not second[who]:
            people[who] = _arrive(world, who)
        elif line == "NAME":
            masks = {"hall": (f"{people[who].user.nick}!*@*",)}
            name_operators(world, masks, {"hall": (people[who].user.account,)})
        elif line == "RESTORE":
            apply(world, WaitingRestored(dict(world.waiting.snapshot())))
            apply(world, MarkersRestored(tuple(world.markers)))
            for owner, conversation, at in list(world.markers):  # a disk was full
                apply(world, MarkUndone(owner, conversation, at - 1))
            apply(world, MetadataRestored(dict(world.metadata.snapshot())))
        elif line == "ALWAYS" and people[who].user.account:
            apply(world, AlwaysOnSet(people[who].user.account, True, world.now))
        elif line == "AGAIN":
            _restart(world)
        elif line == "BACK" and world.accounts and not people[who].closing:
            attempt(people[who], log_in, world, people[who], _first_account(world))
        elif line in OPERATOR:
            _operate(world, line)
        elif line == "LOGOUT":
            if not people[who].closing:
                log_out(world, people[who])
        elif line == "SET":
            apply(world, LimitsChanged(Limits(list_entries=2, whowas=2)))
        elif line == "TWICE" and not (people[who].closing or second[who]):
            second[who] = [attach_to(world, people[who].user, Peer(), "198.51.100.9")]
        elif line == "ONCE" and second[who]:
            depart(world, second[who].pop(), "put away")
        elif line == "OTHER" and second[who]:
            say(second[who][0], "PRIVMSG #a :from elsewhere", "NICK elsewhere", "NAMES #a")
        elif not people[who].closing:
            _carry_out(world, people[who], line)
        assert isinstance(world.keeper, MemoryKeeper)
        world.keeper.deliver()
        for each in [*people, *(one for several in second for one in several)]:
            if each.closing:
                depart(world, each, each.closing)
        for number, person in enumerate(people):
            sent[number] += heard(person)
            for other in second[number]:
                sent[number] += heard(other)
    return Played(world, sent, events)


def _moved(
    world: World, people: list[Session], second: list[list[Session]]
) -> tuple[World, list[Session], list[list[Session]]]:
    """The same in another world; those who have gone stay as they are."""
    everybody = [*people, *(one for several in second for one in several)]
    here = [one for one in everybody if one in one.user.sessions]
    other = a_new_world()
    now = dict(zip(here, move(world, other, here), strict=True))
    others = [[now.get(one, one) for one in several] for several in second]
    return other, [now.get(one, one) for one in people], others


def _expel(session: Recipient, why: str) -> None:
    """They depart when the line is done."""
    session.closing = why


def _arrive(world: World, number: int) -> Session:
    session = attach(world, Peer(), "unix")
    apply(world, Relocated(session.user.id, f"192.0.2.{number + 1}"))
    session.host = session.user.host
    session.agree_on(frozenset(CAPABILITIES[number].split()))
    nick = f"p{number}-{world.last_user}"
    say(session, f"NICK {nick}", f"USER u{number} 0 * :{nick}")
    return session


def _carry_out(world: World, session: Session, line: str) -> None:
    if line == "GONE":
        depart(world, session, "Connection reset by peer")
        session.closing = "gone"
        return
    assert isinstance(world.log, MemoryHistory)
    line = line.replace("[msgid]", world.log.last_msgid).replace("[me]", session.user.nick)
    line = line.replace("[first]", _first_account(world))
    others = [user.nick for user in world.people() if user is not session.user]
    say(session, line.replace("[other]", others[0] if others else "nobody"))
    if session.closing:
        depart(world, session, session.closing)


def _first_account(world: World) -> str:
    return next((account.name for account in world.accounts), "nobody")


def replay(events: Sequence[Event]) -> World:
    """A new world to which nothing but these events has happened."""
    world = a_new_world()
    for event in events:
        at = getattr(event, "at", world.now)
        world.set_time(at, at - NOW)
        apply(world, event)
    return world


LONG = [
    "JOIN #a secret", "JOIN #hall,#b", "PRIVMSG #a :one two", "@+x=y;+z=w PRIVMSG #a :tagged",
    "@label=1 PRIVMSG #a :labelled", "MODE #a +b *!*@192.0.2.9", "MODE #a +ov [other] [other]",
    "MODE #a +ik secret", "KNOCK #a", "MODE #a +s",
    "NICK [me]x", "NAMES #a", "WHO *", "WHOIS [other]", "LIST", "TIME",
    "TOPIC #a :a topic", "KNOCK #a :please",
    "INVITE [other] #a", "AWAY :tea", "MODE [me] +iB", "MODE #a -i+mn",
    "SETNAME :P Zero",
    "MODE #a +xyzw", "TBAN #a 1 [other] :spam", "TBAN #a 2s m:x!*@*", "MODE #a +WC 2",
    "PRIVMSG #a :slowly", "MODE #a -W",
    "TBAN #a - [other]", "MODE #a b", "MODE #a +beI-o a b c d", "PRIVMSG @#a :for operators",
    "REDACT #a [msgid] :why", "CHATHISTORY LATEST #a * 9", "PART #a :bye", "JOIN #a secret",
    "REGISTER * * longenough", "@label=2 REGISTER [me]2 * longenough", "WHO #a %na", "WHOIS [me]",
    "PRIVMSG #a :as somebody", "PRIVMSG [other] :psst", "REDACT [other] [msgid] :why",
    "PRIVMSG ChanServ :REGISTER #a", "MODE #a +v [other]", "NAME",
    "PRIVMSG ChanServ :OP #a", "MODE #a -q+h [me] [other]", "PRIVMSG ChanServ :INFO #a", "LOGOUT",
    "RENAME", "SUSPEND", "RESUME", "PRIVMSG ChanServ :DROP #a", "REMOVE",
    "AUTHENTICATE PLAIN", "AUTHENTICATE *", "NICK p0", "VERIFY a 1",
    "OPER root sesame", "OPER root wrong", "WHO [me]", "MODE [me] -o", "OPER root sesame",
    "KLINE 2s x*!*@*", "KLINE y*!*@* :spam", "DLINE 198.51.100.0/30", "UNKLINE y*", "STATS k",
    "SAMODE #a +v [other]", "SAMODE #a -s+x", "SAJOIN #a", "SAJOIN [other] #b", "WALLOPS :hear",
    "@label=4 GLOBAL :hear", "AUDIT", "REHASH", "STATS o",
    "KILL nobody", "@label=3 KILL [other] :spam", "KLINE p9*!*@192.0.2.4 :spam", "NICK x1",
    "KICK #a [other] :out", "PRIVMSG [first] :for later", "BACK", "RESTORE",
    "MARKREAD #a timestamp=2023-11-14T22:13:20.000Z", "MARKREAD #a", "MARKREAD [first]",
    "MARKREAD [other] timestamp=2023-11-14T22:13:20.000Z", "RESTORE",
    "METADATA * SUB url avatar", "METADATA * SET url :x", "METADATA * SET avatar :y",
    "METADATA #a SET url :z", "METADATA #a SYNC", "METADATA *ALL SYNC", "METADATA #a CLEAR",
    "METADATA [other] GET url", "MONITOR + [other]", "METADATA * SET url", "RESTORE",
    "ALWAYS", "NICK [first]", "AWAY :lunch", "GONE", "COME", "BACK", "NICK [first]", "AGAIN",
    "NAME", "SET", "TWICE", "OTHER", "GONE", "OTHER", "COME",
    "ONCE", "JOIN 0", "WHOWAS [other]", "LUSERS",
    "MODE #hall -o [me]", "CAP LS 302", "CAP REQ :message-tags", "VERSION", "INFO", "HELP",
]  # fmt: skip

FIXED = [
    *(Step(5, 0, "JOIN #first"), Step(5, 1, "JOIN #first"), Step(5, 0, "PRIVMSG #first :oh")),
    *(Step(5, 0, "REDACT #first [msgid] :why"), Step(5, 1, "PRIVMSG #first :spam")),
    *(Step(5, 0, "REDACTALL #first [other] :why"), Step(5, 0, "KICK #first [other] :out")),
    *(Step(5, 1, "PRIVMSG [other] :alone"), Step(5, 0, "PART #first"), Step(5, 0, "NAME")),
    *(Step(5, 0, "REGISTER * * longenough"), Step(5, 1, "REGISTER * * longenough")),
    *(Step(5, 0, "GONE"), Step(5, 1, "PRIVMSG [first] :for later"), Step(5, 2, "RESTORE")),
    *(Step(5, 0, "COME"), Step(5, 0, "BACK"), Step(5, 1, "PRIVMSG [other] :you are back")),
    *(Step(5, 0, "NICK [first]"), Step(5, 0, "ALWAYS"), Step(5, 0, "JOIN #stay")),
    *(Step(5, 0, "GONE"), Step(5, 1, "PRIVMSG [first] :you stay"), Step(5, 0, "COME")),
    *(Step(5, 0, "BACK"), Step(5, 0, "NICK [first]"), Step(5, 0, "AWAY *"), Step(5, 0, "GONE")),
    *(Step(5, 1, "JOIN #stay"), Step(5, 2, "BACK"), Step(5, 2, "NICK [first]"), Step(5, 2, "GONE")),
    *(Step(5, 1, "KICK #stay [first]"), Step(5, 2, "AGAIN")),
    *(Step(5, 3, "JOIN #mine"), Step(5, 3, "REGISTER * * longenough")),
    *(Step(5, 3, "PRIVMSG ChanServ :REGISTER #mine"), Step(5, 3, "RENAME #mine #ours :why")),
    *(Step(5, 3, "MODE #ours +q [first]"), Step(5, 3, "JOIN #mine"), Step(5, 3, "PART #ours")),
    *(Step(5, 3, "BACK"), Step(5, 3, "PRIVMSG ChanServ :ACCEPT #ours")),
    *(Step(5, 3, "PRIVMSG ChanServ :DROP #ours"), Step(5, 3, "LOGOUT")),
    *(Step(5, 3, line) for line in ("JOIN #c", "MODE #c +b x!*@*", "PART #c", "JOIN #c")),
    *(Step(5, 3, line) for line in ("MODE #c +m", "PART #c")),
    *(
        Step(5, 2, "COME"),
        Step(5, 3, "JOIN #shut"),
        Step(5, 3, "MODE #shut +i"),
        Step(5, 2, "KNOCK #shut :please"),
    ),
    *(Step(5, 3, "JOIN #open"), Step(5, 3, "MODE #shut +f #open"), Step(5, 2, "JOIN #shut")),
    *(Step(5, 3, "MODE #open +mU"), Step(5, 2, "PRIVMSG #open :may I?")),
    *(Step(5, 2, "MODE [me] +Rw"), Step(5, 3, "MODE #shut -f")),
    *(Step(5, 2, "OPER root sesame"), Step(5, 2, "SAMODE #open +P"), Step(5, 2, "MODE [me] +s")),
    *(Step(5, 3, "PART #open"), Step(5, 2, "PART #open"), Step(5, 2, "SAMODE #open -P")),
    *(Step(5, 2, "MODE [me] -o"),),
    *(Step(5, 3, "JOIN #hidden"), Step(5, 3, "MODE #hidden +u"), Step(5, 2, "JOIN #hidden")),
    *(Step(5, 0, "JOIN #hidden"), Step(5, 2, "NICK p2-new"), Step(5, 2, "AWAY :tea")),
    *(Step(5, 0, "NAMES #hidden"), Step(5, 2, "PART #hidden"), Step(5, 0, "QUIT")),
]
FIXED += [
    Step((37 * number) % 90_000, who, line)
    for who in (0, 1, 2, 3, 1)
    for number, line in enumerate(
        ["COME", *(f"JOIN #a{number}" for number in range(3)), *LONG, "JOIN #a secret"]
    )
]


def main() -> None:
    """Print the digests of state and bytes of the fixed conversation."""
    played = play(FIXED)
    told = hashlib.sha256(repr(played.sent).encode()).hexdigest()
    print(played.world.digest, told, sum(map(len, played.sent)), len(played.events))


if __name__ == "__main__":
    main()
