"""What was missed while the server was lost: fetched page by page, each line shown once."""

import pytest

from chatroom.client.protocol.session import Session
from chatroom.client.ui import scrollback
from chatroom.client.ui.entries import Entry
from chatroom.client.ui.reconnect import UNKNOWN
from client.visitor import ALL, ENTERING, ISUPPORT, NEXT, NOON, Visit, batch, day_of, entered, line

WELCOME = f":s 001 alice :Hi\n:s 005 alice {ISUPPORT} :are\n:s 422 alice :none\n"


def lose(visit: Visit) -> None:
    visit.chat.lost("gone")
    visit.shown()


def come_back(visit: Visit, capabilities: str = ALL, room: str = "#general") -> list[str]:
    """Up to the room's welcome; what was sent since."""
    visit.chat.start_again(Session("al", "Al"))
    visit.hear(f":s CAP * LS :{capabilities}\n:s CAP * ACK :{capabilities}\n{WELCOME}")
    visit.hear(ENTERING.format(room))
    return output(visit)


def output(visit: Visit) -> list[str]:
    """What was sent, with nothing answered yet."""
    lines = visit.chat.context.session.take_output().decode().splitlines()
    visit.pings += [each.split()[1] for each in lines if each.startswith("PING")]
    return [each for each in lines if not each.startswith("PING")]


def settle(visit: Visit) -> list[str]:
    """The server has answered everything; what is shown then."""
    visit.hear("".join(f":s PONG s {ping}\n" for ping in visit.pings))
    visit.sent()
    return visit.shown()


def words(shown: list[str]) -> list[str]:
    return [each.partition("] ")[2] or each for each in shown]


def test_pages_until_nothing_is_missing() -> None:
    """AFTER the last line that was shown, up to an empty page; live lines wait behind them all."""
    visit = entered([line(1)])
    visit.hear(line(2))
    lose(visit)
    assert come_back(visit)[-1] == "CHATHISTORY AFTER #general msgid=m2 50"
    visit.hear(line(9))
    visit.shown()
    visit.hear(batch([line(3), line(4)]))
    assert output(visit) == ["CHATHISTORY AFTER #general msgid=m4 50"]
    visit.hear(batch([line(5, NEXT)]))
    assert output(visit) == ["CHATHISTORY AFTER #general msgid=m5 50"]
    visit.hear(batch([line(9)]))
    assert words(visit.shown()) == [
        "<bob> message 3",
        "<bob> message 4",
        day_of(NEXT.format(5)),
        "<bob> message 5",
        day_of(NOON.format(9)),
        "<bob> message 9",
    ]
    assert output(visit) == []
    assert settle(visit) == []
    assert visit.chat.listening


def test_lines_without_msgid_are_known_by_all_that_there_is() -> None:
    """The millisecond of the last line is asked for again, for it may have had several lines."""
    visit = entered()
    visit.hear(":s 005 alice MSGREFTYPES=timestamp :are\n")
    plain = f"@time={NOON.format(5)} :bob!b@h PRIVMSG #general :"
    visit.hear(f"{plain}one\n{plain}two\n")
    lose(visit)
    visit.chat.start_again(Session("al", "Al"))
    visit.hear(f":s CAP * LS :{ALL}\n:s CAP * ACK :{ALL}\n")
    visit.hear(WELCOME.replace("msgid,timestamp", "timestamp") + ENTERING.format("#general"))
    reference = "timestamp=2026-11-20T12:00:04.999Z"
    assert output(visit)[-1] == f"CHATHISTORY AFTER #general {reference} 50"
    visit.shown()
    visit.hear(batch([f"{plain}one\n", f"{plain}two\n", f"{plain}three\n"]))
    assert words(visit.shown()) == ["<bob> three"]
    assert output(visit) == [f"CHATHISTORY AFTER #general {reference} 50"]
    visit.hear(batch([f"{plain}one\n", f"{plain}two\n", f"{plain}three\n"]))
    assert (output(visit), visit.shown()) == ([], [])


def test_a_msgid_that_the_server_has_forgotten() -> None:
    """Then by time; only what is refused again is told."""
    visit = entered([line(1)])
    lose(visit)
    come_back(visit)
    visit.shown()
    fail = ":s FAIL CHATHISTORY MESSAGE_ERROR AFTER #general {0} :No\n"
    visit.hear(fail.format("msgid=m1"))
    assert output(visit) == ["CHATHISTORY AFTER #general timestamp=2026-11-20T12:00:00.999Z 50"]
    assert visit.shown() == []
    visit.hear(fail.format("timestamp=x"))
    assert visit.shown() == ["-- The history of general cannot be read right now."]


def test_a_room_that_had_no_past() -> None:
    """Everything that has ever been said there was missed."""
    visit = entered([])
    lose(visit)
    assert come_back(visit)[-1].startswith("CHATHISTORY AFTER #general timestamp=1970-01-01T00:")


def test_too_much_was_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    """So much is shown, then that there is more, then the last page; /history more goes back."""
    monkeypatch.setattr(scrollback, "MISSED_LINES", 2)
    visit = entered([line(1)])
    lose(visit)
    come_back(visit)
    visit.shown()
    visit.hear(batch([line(2), line(3)]))
    assert output(visit) == ["CHATHISTORY LATEST #general msgid=m3 50"]
    visit.hear(batch([line(number, NEXT) for number in range(10, 60)]))
    shown = words(visit.shown())
    assert shown[:4] == [
        "<bob> message 2",
        "<bob> message 3",
        "--- there are more lines here; /history more shows them ---",
        day_of(NEXT.format(10)),
    ]
    assert len(shown) == 4 + 50
    settle(visit)
    assert visit.types("/history more") == "CHATHISTORY BEFORE #general msgid=m10 20"


def own(number: int, text: str) -> str:
    return f"@msgid=m{number};time={NOON.format(number)} :alice!a@h PRIVMSG #general :{text}\n"


@pytest.mark.parametrize("labels", [True, False])
def test_own_lines(labels: bool) -> None:
    """Those that the server took are not shown again; those that it has not are offered."""
    offered = ALL if labels else ALL.replace("echo-message labeled-response ", "")
    visit = Visit(offered)
    visit.hear(batch([line(1)]))
    visit.sent()
    for text in ("echoed", "taken", "/me lost"):
        visit.chat.typed(text)
    sent = output(visit)
    assert sent[0].startswith("@label=") is labels
    if labels:
        label = sent[0].split()[0].removeprefix("@")
        visit.hear(f"@{label};{own(2, 'echoed').removeprefix('@')}")
    lose(visit)
    asked = come_back(visit, offered)[-1]
    assert asked == f"CHATHISTORY AFTER #general msgid={'m2' if labels else 'm1'} 50"
    visit.shown()
    known = [] if labels else [own(2, "echoed")]
    visit.hear(batch([*known, own(3, "taken"), line(4), own(5, "taken")]))
    assert words(visit.shown()) == ["<bob> message 4", "<alice> taken"]
    output(visit)
    visit.hear(batch([]))
    assert settle(visit) == ["  /me lost", "-- Send the line that was not sent? /yes or /no."]
    visit.chat.typed("/yes")
    assert output(visit)[-1].endswith("PRIVMSG #general :\x01ACTION lost\x01")


def test_what_was_confirmed_by_a_pong_is_not_offered() -> None:
    """On a server without labels and without a history, that is all there is to go by."""
    visit = Visit("server-time")
    visit.chat.typed("one")
    visit.chat.context.session.barrier()
    visit.sent()
    visit.chat.typed("two")
    lose(visit)
    come_back(visit, "server-time")
    assert f"-- {UNKNOWN}" in visit.shown()
    assert settle(visit) == ["  two", "-- Send the line that may not have arrived? /yes or /no."]


def test_what_was_said_a_while_ago_is_not_offered() -> None:
    """A second after something is said the server is asked; its answer confirms what came before
    the question, and nothing after it (Modern IRC, "PING message")."""
    visit = Visit("server-time")
    visit.chat.presence.tick()
    visit.sent()
    visit.chat.typed("one")
    visit.chat.context.now += 1
    visit.chat.presence.tick()
    assert output(visit) == ["PRIVMSG #general :one"]
    visit.chat.typed("two")
    visit.hear(f":s PONG s {visit.pings[-1]}\n")
    lose(visit)
    come_back(visit, "server-time")
    visit.shown()
    assert settle(visit) == ["  two", "-- Send the line that may not have arrived? /yes or /no."]


def test_coming_back_while_the_nickname_is_in_use() -> None:
    """By the old connection, mostly: another one until it is free, and the chat goes on."""
    visit = entered([line(1)])
    lose(visit)
    visit.chat.start_again(Session("al", "Al"))
    visit.hear(f":s CAP * LS :{ALL}\n:s CAP * ACK :{ALL}\n")
    output(visit)
    visit.hear(":s 433 * alice :in use\n")
    assert output(visit) == ["NICK alice_"]
    visit.hear(":s 433 * alice_ :in use\n")
    assert output(visit) == ["NICK alice__"]
    visit.hear(WELCOME.replace(" alice ", " alice__ "))
    assert visit.shown()[-1] == "-- alice is still in use. You are alice__ until it is free."
    assert "JOIN #general" in output(visit)


def test_coming_back_where_every_nickname_is_taken() -> None:
    """Some server refuses them all: the client says so, and ends."""
    visit = entered([line(1)])
    lose(visit)
    visit.chat.start_again(Session("al", "Al"))
    visit.hear(f":s CAP * LS :{ALL}\n:s CAP * ACK :{ALL}\n")
    while asked := [each for each in output(visit) if each.startswith("NICK")]:
        visit.hear(f":s 433 * {asked[-1].split()[1]} :in use\n")
    assert "Every nickname like alice is taken" in visit.shown()[-1]
    assert visit.chat.exit_status == 1


def test_who_leaves_is_told_how_much_was_never_sent() -> None:
    """What was typed while there was no connection."""
    visit = entered([line(1)])
    lose(visit)
    visit.chat.typed("one")
    visit.chat.typed("two")
    visit.shown()
    visit.chat.typed("/quit")
    assert "2 lines were not sent" in visit.shown()[-1]


def test_a_second_loss_on_the_way_back() -> None:
    """Nothing is said of it, and nothing is forgotten."""
    visit = entered([line(1)])
    visit.chat.typed("/join games")
    visit.hear(ENTERING.format("#games") + batch([], "chathistory #games"))
    visit.sent()
    lose(visit)
    visit.chat.typed("later")
    visit.chat.start_again(Session("al", "Al"))
    visit.chat.lost("gone again")
    assert visit.shown() == ["-- not sent yet: later"]
    sent = come_back(visit)
    assert [each for each in sent if "JOIN" in each] == ["JOIN #general", "JOIN #games"]
    visit.hear(batch([]) + ":s 473 alice #games :no\n")
    assert settle(visit)[-4:] == [
        "-- You cannot join games: it is by invitation only.",
        "-- What you type here is not sent. /join games enters it again, /close closes it.",
        "  later",
        "-- Send the line that was not sent? /yes or /no.",
    ]


def test_what_waits_is_sent_as_what_it_was() -> None:
    """A command to whom it was for, an action, a reply, a reaction, several lines; and marks that
    were read when a line was sent the first time are not read again."""
    visit = entered([line(1)])
    visit.chat.typed("/react bob 🎉")
    visit.sent()
    visit.chat.typed(r"\*star\*")
    lose(visit)
    for text in (
        "/msg eve secret",
        "/me waves",
        "/reply bob yes",
        "/react bob :+1:",
        "/unreact bob :tada:",
    ):
        visit.chat.typed(text)
    shown = [each for each in visit.shown() if "not sent yet" in each]
    assert shown[:2] == ["-- not sent yet: secret (to eve)", "-- not sent yet: /me waves"]
    visit.chat.pasted(Entry(["/quit", "", "  exit"], pasted=True))
    assert visit.shown()[-1] == "-- not sent yet: /quit ⏎  ⏎   exit"
    come_back(visit)
    visit.hear(batch([]))
    assert settle(visit)[-1] == "-- Send the 7 lines that were not sent? /yes or /no."
    assert visit.types("yes, please").endswith("PRIVMSG #general :yes, please")
    visit.chat.typed("/yes")
    sent = output(visit)
    assert [each.partition(" ")[2] for each in sent] == [
        "PRIVMSG #general :*star*",
        "PRIVMSG eve :secret",
        "PRIVMSG #general :\x01ACTION waves\x01",
        "PRIVMSG #general :yes",
        "TAGMSG #general",
        "TAGMSG #general",
        "PRIVMSG #general :/quit",
        "PRIVMSG #general : ",
        "PRIVMSG #general :  exit",
    ]
    assert [each.partition(";label")[0] for each in sent[3:6]] == [
        "@+draft/reply=m1",
        "@+draft/react=👍;+draft/reply=m1",
        "@+draft/unreact=🎉;+draft/reply=m1",
    ]
    visit.chat.typed("/yes")
    assert visit.shown()[-1] == "-- There is nothing to answer."


def test_what_waits_is_dropped() -> None:
    """With /no, or no alone, and only then; who leaves is told."""
    visit = entered([line(1)])
    lose(visit)
    visit.chat.typed("one")
    come_back(visit)
    visit.hear(batch([]))
    settle(visit)
    assert visit.types("no?") == "@label=said-1 PRIVMSG #general :no?"
    visit.remembered.clear()
    assert visit.types("no") == ""
    assert visit.shown()[-2:] == ['-- "no" was taken as /no, and not sent.', "-- Dropped."]
    assert visit.types("no").endswith("PRIVMSG #general :no")
    assert visit.remembered == ["one"]  # for the up arrow
