"""Commands for those in charge of a room, on our server and on others."""

import pytest

from chatroom.client.ui.commands.table import COMMANDS

from .test_chat import Visit, enter

OURS = "PREFIX=(qaohv)~&@%+ CHANMODES=beI,k,Wl,CScimnst EXTBAN=,m TBAN"
OTHER = "PREFIX=(ov)@+ CHANMODES=beI,k,l,imnst"
INSPIRCD = f"{OTHER} EXTBAN=,acm"
UNREAL = f"{OTHER} EXTBAN=~,cm"


def in_charge(isupport: str, prefix: str = "@") -> Visit:
    """Alice in general, where bob is too."""
    visit = Visit("general")
    welcome = f":s 001 alice :Hi\n:s 005 alice CASEMAPPING=ascii CHANTYPES=# {isupport} :are\n"
    names = f":s 353 alice = #general :{prefix}alice bob\n"
    entered = enter("#general").replace(":s 366", f"{names}:s 366", 1)
    visit.server(f"{welcome}:s 422 alice :none\n{entered}")
    return visit


def sent(visit: Visit, typed: str) -> list[str]:
    return visit.types(typed).splitlines()


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("/op bob", ["MODE #general +o bob"]),
        ("/deop bob carol", ["MODE #general -oo bob carol"]),
        ("/halfop bob", ["MODE #general +h bob"]),
        ("/admin bob", ["MODE #general +a bob"]),
        ("/deowner bob", ["MODE #general -q bob"]),
        ("/devoice bob", ["MODE #general -v bob"]),
        ("/mute bob", ["TBAN #general 0 m:bob"]),
        ("/mute bob 30m too loud", ["TBAN #general 30m m:bob :too loud"]),
        ("/unmute bob", ["TBAN #general - m:bob"]),
        ("/ban bob", ["TBAN #general 0 bob", "KICK #general bob"]),
        ("/ban bob 2h spam", ["TBAN #general 2h bob spam", "KICK #general bob :spam"]),
        ("/ban BOB so much spam",
         ["TBAN #general 0 BOB :so much spam", "KICK #general BOB :so much spam"]),
        ("/ban carol 1d12h", ["TBAN #general 1d12h carol"]),
        ("/ban *!*@192.0.2.7", ["TBAN #general 0 *!*@192.0.2.7"]),
        ("/unban bob", ["TBAN #general - bob"]),
        ("/bans", ["MODE #general b"]),
        ("/invites", ["MODE #general I"]),
        ("/redact all from bob", ["REDACTALL #general bob"]),
        ("/redact ALL from bob so much spam", ["REDACTALL #general bob :so much spam"]),
        ("/mode", ["MODE #general"]),
        ("/audit", ["AUDIT #general"]),
        ("/audit 50", ["AUDIT #general 50"]),
        ("/audit all", []),
        ("/audit 0", []),
        ("/mode +kl key 9", ["MODE #general +kl key 9"]),
    ],
)  # fmt: skip
def test_on_our_server(typed: str, lines: list[str]) -> None:
    assert sent(in_charge(OURS), typed) == lines


def test_who_may_not_kick_does_not_try() -> None:
    """The refusal of the ban says why, once."""
    assert sent(in_charge(OURS, "+"), "/ban bob") == ["TBAN #general 0 bob"]


@pytest.mark.parametrize(
    ("isupport", "typed", "line"),
    [
        (OTHER, "/ban carol", "MODE #general +b carol!*@*"),
        (OTHER, "/unban *!*@x", "MODE #general -b *!*@x"),
        (INSPIRCD, "/mute bob", "MODE #general +b m:bob!*@*"),
        (UNREAL, "/unmute bob", "MODE #general -b ~m:bob!*@*"),
    ],
)
def test_on_other_servers(isupport: str, typed: str, line: str) -> None:
    assert sent(in_charge(isupport), typed) == [line]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("/ban bob 2h", "On this server bans do not end by themselves; leave out the time."),
        ("/mute bob", "This server cannot mute people."),
    ],
)
def test_what_other_servers_cannot_do(typed: str, words: str) -> None:
    visit = in_charge(OTHER)
    assert sent(visit, typed) == []
    assert visit.shown.endswith(f"-- {words}\n")


@pytest.mark.parametrize(
    ("heard", "shown"),
    [
        (":s 368 alice #general :End", "-- Nobody is banned or muted in general."),
        (":s 367 alice #general *!*@h op 1 :for another 2 hours (spam)\n:s 368 alice #general :End",
         "-- Banned from general: *!*@h, by op, for another 2 hours (spam)"),
        (":s 367 alice #general m:b!*@* op 1\n:s 368 alice #general :End",
         "-- Muted in general: b!*@*, by op"),
        (":op!o@h MODE #general +b m:b!*@*", "-- op muted b!*@* in general."),
        (":op!o@h MODE #general -b b!*@*", "-- op lifted the ban on b!*@* from general."),
        (":op!o@h MODE #general +h bob", "-- op made bob a half-operator of general."),
        (":s 482 alice #general :Only owners may kick an admin",
         "-- Only owners may kick an admin."),
    ],
)  # fmt: skip
def test_what_is_shown(heard: str, shown: str) -> None:
    visit = in_charge(OURS)
    before = visit.shown
    visit.server(f"{heard}\n")
    assert visit.shown.removeprefix(before).strip() == shown


def test_names_are_completed() -> None:
    """Tab after each of them offers people."""
    for name in ("op", "voice", "ban", "unban", "mute", "unmute", "kick", "admin", "deowner"):
        assert COMMANDS[name].usage.startswith("NICK")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("/redact bob", "/redact takes the line's number, such as /redact 3."),
        ("/redact @BOB:", "/redact takes the line's number, such as /redact 3."),
        ("/redact all", "Usage: /redact all from NICK [REASON]"),
        ("/redact all from ", "Usage: /redact all from NICK [REASON]"),
    ],
)
def test_what_may_mean_others_deletes_nothing_of_ours(typed: str, told: str) -> None:
    """They would be the reason for which our own last line is deleted."""
    visit = in_charge(OURS)
    visit.server(":s CAP alice ACK :draft/message-redaction message-tags\n")
    visit.server("@msgid=m1 :alice!a@h PRIVMSG #general :mine\n")
    assert sent(visit, typed) == []
    assert told in visit.shown
    assert sent(visit, "/redact bob was wrong") == ["REDACT #general m1 :bob was wrong"]


def test_operators_of_the_server_have_words_of_their_own() -> None:
    """/help names them to nobody else, but they can be typed: the server says why not."""
    visit = in_charge(OURS)
    assert sent(visit, "/kline bob 2h so much spam") == ["KLINE 2h bob :so much spam"]
    assert sent(visit, "/samode den +q bob") == ["SAMODE #den +q bob"]
    assert sent(visit, "/sajoin bob den") == ["SAJOIN bob #den"]
    assert sent(visit, "/server-audit") == ["AUDIT"]
    assert sent(visit, "/samode den") == []
    assert visit.shown.endswith("Usage: /samode ROOM CHANGES\n")
    visit.types("/help")
    visit.types("/help all")
    assert "operator, all" not in visit.shown
    assert "/kline" not in visit.shown.replace("/kline bob", "")
    visit.server(":s 381 alice :You are an operator\n")
    visit.types("/help")
    assert "Also /help moderate, operator, all." in visit.shown
    visit.types("/help operator")
    assert "/kline NICK|MASK [TIME] [REASON]" in visit.shown
    visit.server(":alice MODE alice :-o\n")
    before = len(visit.shown)
    visit.types("/help")
    assert "operator, all" not in visit.shown[before:]


def test_a_changed_key_is_told_in_a_sentence() -> None:
    """Its members hear of it; the server tells nobody else."""
    visit = in_charge(OURS)
    visit.server(":bob!b@h MODE #general +k sesame\n:bob!b@h MODE #general -k *\n")
    assert "-- bob set the key of general to sesame." in visit.shown
    assert "-- bob removed the key of general." in visit.shown
