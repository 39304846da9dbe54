"""Tags, labels and echoes: what goes out with them, and what comes back."""

import pytest

from chatroom.client.protocol import events
from chatroom.client.protocol.batches import MULTILINE
from chatroom.client.protocol.capabilities import WANTED
from chatroom.client.protocol.session import Session

ALL = " ".join(WANTED)
LIMITED = ALL.replace(MULTILINE, f"{MULTILINE}=max-bytes=40,max-lines=3")


def visit(capabilities: str = LIMITED, isupport: str = "") -> Session:
    """A session in #general with a server that agrees to these."""
    session = Session("al", "Al")
    names = " ".join(word.partition("=")[0] for word in capabilities.split())
    session.receive(f":s CAP * LS :{capabilities}\n:s CAP * ACK :{names}\n".encode())
    session.register("alice")
    session.receive(f":s 001 alice :Hi\n:s 005 alice CHANTYPES=# {isupport} :are\n".encode())
    session.receive(b":s 422 alice :none\n:alice!al@h JOIN #general\n")
    session.take_output()
    return session


def sent(session: Session) -> list[str]:
    return [line for line in session.take_output().decode().splitlines() if "PING" not in line]


def hear(session: Session, *lines: str) -> list[events.Event]:
    return session.receive("".join(f"{line}\n" for line in lines).encode())


def test_an_own_line_is_known_again() -> None:
    """By its label (labeled-response), alone or in a batch with what else is replied."""
    session = visit()
    assert session.say("#general", "hi").tags["label"] == "said-1"
    assert sent(session) == ["@label=said-1 PRIVMSG #general :hi"]
    assert hear(session, "@label=said-1;msgid=m1 :alice!al@h PRIVMSG #general :hi") == [
        events.Delivered("said-1", "m1")
    ]
    session.say("bob", "psst")
    told = hear(
        session,
        "@label=said-2 :s BATCH +r labeled-response",
        "@batch=r;msgid=m2 :alice!al@h PRIVMSG bob :psst",
        "@batch=r :s 301 alice bob :lunch",
        ":s BATCH -r",
    )
    assert told[0] == events.Delivered("said-2", "m2")
    assert isinstance(told[1], events.Answer)


def test_a_refusal_has_the_label_of_what_was_refused() -> None:
    """So that it is known which line nobody heard."""
    session = visit()
    session.say("#secret", "hi")
    (refusal,) = hear(session, "@label=said-1 :s 404 alice #secret :No")
    assert isinstance(refusal, events.Refusal)
    assert refusal.message.tags["label"] == "said-1"


def test_an_echo_without_our_label_is_news() -> None:
    """It was said under our name elsewhere, as behind a bouncer; an ACK is a delivery."""
    session = visit()
    (said,) = hear(session, ":alice!al@h PRIVMSG #general :from afar")
    assert isinstance(said, events.Said) and said.own
    assert hear(session, "@label=x :s ACK") == [events.Delivered("x")]


def test_a_long_text_has_a_label_for_each_line() -> None:
    """And the tags of a reply only once."""
    session = visit()
    said = session.say("#general", "word " * 120, tags={"+draft/reply": "m1"})
    assert said.tags["label"] == "said-1 said-2"
    first, second = sent(session)
    assert first.startswith("@+draft/reply=m1;label=said-1 PRIVMSG")
    assert second.startswith("@label=said-2 PRIVMSG")


def test_without_capabilities_there_are_no_tags() -> None:
    """Nor labels."""
    session = visit("server-time")
    session.say("#general", "hi", tags={"+draft/reply": "m1"})
    assert sent(session) == ["PRIVMSG #general :hi"]


def test_echoes_are_wanted_with_labels_only() -> None:
    """Else one's own line would come back as a second one."""
    session = Session("al", "Al")
    hear(session, ":s CAP * LS :echo-message message-tags batch")
    assert session.take_output() == b"CAP REQ :batch message-tags\r\n"


# Typing and reactions


def test_typing_and_reactions() -> None:
    """One TAGMSG may carry both; one's own typing elsewhere is no news."""
    session = visit()
    heard = hear(
        session,
        "@+typing=active :bob!b@h TAGMSG #GENERAL",
        "@+typing=frantic :bob!b@h TAGMSG #general",
        "@+typing=active :alice!al@h TAGMSG #general",
        "@+draft/react=x;+draft/reply=m1;+typing=done :bob!b@h TAGMSG alice",
        "@+draft/unreact=x;+reply=m1 :alice!al@h TAGMSG bob",
        "@+react=y;+reply=m1 :bob!b@h TAGMSG alice",
        "@+unreact=y;+reply=m1 :bob!b@h TAGMSG alice",
    )
    assert [e._replace(tags={}) if isinstance(e, events.Reacted) else e for e in heard] == [
        events.Typing("#general", "bob", "active", "bob!b@h"),
        events.Typing("", "bob", "done", "bob!b@h"),
        events.Reacted("", "bob", "", "m1", "x", False, False, "bob!b@h", {}),
        events.Reacted("", "alice", "bob", "m1", "x", True, True, "alice!al@h", {}),
        events.Reacted("", "bob", "", "m1", "y", False, False, "bob!b@h", {}),
        events.Reacted("", "bob", "", "m1", "y", True, False, "bob!b@h", {}),
    ]


@pytest.mark.parametrize(
    ("denied", "relayed"),
    [
        ("", True),
        ("CLIENTTAGDENY=*", False),
        ("CLIENTTAGDENY=*,-typing", True),
        ("CLIENTTAGDENY=draft/react,typing", False),
    ],
)
def test_which_tags_a_server_relays(denied: str, relayed: bool) -> None:
    """ISUPPORT CLIENTTAGDENY (message-tags, "RPL_ISUPPORT tokens")."""
    assert visit(isupport=denied).state.relays("typing") is relayed


# Several lines as one message


def test_several_lines_go_as_one_message() -> None:
    """draft/multiline, with the label on the batch; nothing stands between its lines."""
    session = visit()
    said = session.say_lines("#general", ["one", "", "three"])
    assert said and said.text == "one\n\nthree"
    batch, *lines, end = sent(session)
    assert batch == "@label=said-1 BATCH +chatroom-1 draft/multiline #general"
    assert [line.partition(" ")[2] for line in lines] == [
        "PRIVMSG #general :one",
        "PRIVMSG #general :",
        "PRIVMSG #general :three",
    ]
    assert end == "BATCH -chatroom-1"


@pytest.mark.parametrize("lines", [["x"] * 4, ["x" * 20, "y" * 20]])
def test_what_is_more_than_the_server_takes(lines: list[str]) -> None:
    """max-lines, and max-bytes with the line breaks: nothing is sent."""
    session = visit()
    assert session.say_lines("#general", lines) is None
    assert sent(session) == []


def test_a_server_without_multiline() -> None:
    """Then it is for the caller to send one line after the other."""
    assert visit("batch message-tags").say_lines("#general", ["one", "two"]) is None


def test_a_message_of_several_lines_arrives_as_one() -> None:
    """With the tags of its batch, joined as it says."""
    session = visit()
    (said,) = hear(
        session,
        "@msgid=m9 :bob!b@h BATCH +r draft/multiline #general",
        "@batch=r :bob!b@h PRIVMSG #general :one",
        "@batch=r :bob!b@h PRIVMSG #general :two",
        "@batch=r;draft/multiline-concat :bob!b@h PRIVMSG #general :fold",
        ":s BATCH -r",
    )
    assert isinstance(said, events.Said)
    assert (said.text, said.sender, said.tags["msgid"]) == ("one\ntwofold", "bob", "m9")


def test_a_message_of_several_lines_in_a_page_of_the_past() -> None:
    """It is one line of the page."""
    session = visit()
    (page,) = hear(
        session,
        ":s BATCH +h chathistory #general",
        "@batch=h;msgid=m9 :bob!b@h BATCH +r draft/multiline #general",
        "@batch=r :bob!b@h PRIVMSG #general :one",
        "@batch=r :bob!b@h PRIVMSG #general :two",
        "@batch=h :s BATCH -r",
        ":s BATCH -h",
    )
    assert isinstance(page, events.HistoryPage)
    assert [line.text for line in page.lines if isinstance(line, events.Said)] == ["one\ntwo"]


# People


def test_what_who_tells() -> None:
    """352 and 315: away, bot, and the prefixes as modes."""
    session = visit(isupport="PREFIX=(ov)@+ BOT=B")
    assert hear(
        session,
        ":s 352 alice #general b host s bob GB@+ :0 Bob Smith",
        ":s 352 alice #general c host s carol H :0",
        ":s 315 alice #GENERAL :End",
    ) == [
        events.WhoListed(
            "#general",
            (
                events.WhoRow("bob", "b@host", "ov", True, True, "Bob Smith"),
                events.WhoRow("carol", "c@host", "", False, False, ""),
            ),
        )
    ]


def test_whois_is_told_at_its_end() -> None:
    """All of it at its end; 301 without a WHOIS is an answer by itself."""
    session = visit()
    assert hear(session, ":s 318 alice nobody :End") == []
    (away,) = hear(session, ":s 301 alice bob :lunch")
    assert isinstance(away, events.Answer)
    (told,) = hear(
        session,
        ":s 311 alice bob b host * :Bob Smith",
        ":s 301 alice bob :lunch",
        ":s 318 alice BOB :End",
    )
    assert isinstance(told, events.WhoisTold)
    assert [message.command for message in told.messages] == ["311", "301"]
