"""Names of people and rooms in any script (ISUPPORT CASEMAPPING=rfc8265; RFC 8265 section 3.3).

Which names are valid is tested at the wire's names; here is what the server makes of them.
"""

import pytest

from harness import Server, fresh

NAMES = [
    # as chosen, as shown, as someone else may write it
    ("Ann[a]", "Ann[a]", "aNN[a]"),
    ("Zoë", "Zoë", "ZOË"),
    ("Zoe\u0308", "Zoë", "zoë"),
    ("Ωmega", "Ωmega", "ωMEGA"),
    ("Юлия", "Юлия", "юЛИЯ"),
    ("ｗｉｄｅ", "wide", "WIDE"),
    ("王小明", "王小明", "王小明"),
    ("ｶﾅ", "カナ", "カナ"),
    ("שלום", "שלום", "שלום"),
    ("سلام", "سلام", "سلام"),
    ("नमस्ते", "नमस्ते", "नमस्ते"),
    ("1st", "1st", "1ST"),
    ("{a}|\\b`^_-", "{a}|\\b`^_-", "{A}|\\B`^_-"),
]


@pytest.mark.parametrize(("chosen", "shown", "other"), NAMES)
def test_nicknames(server: Server, chosen: str, shown: str, other: str) -> None:
    """Shown composed and of normal width, found in every case and width, taken in each."""
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    assert alice.replies(f"NICK {chosen}") == [("NICK", shown)]
    assert bob.replies(f"PRIVMSG {other} :hi") == []
    assert alice.replies() == [("PRIVMSG", shown, "hi")]
    assert bob.replies(f"NICK {other}")[0][0] == "433"
    assert bob.replies(f"ISON {other}") == [("303", shown)]
    assert bob.replies(f"WHOIS {other}")[0][:2] == ("311", shown)
    alice.send("QUIT").end()
    assert bob.replies(f"NICK {other}")[0][0] == "NICK"
    bob.send("QUIT").end()


@pytest.mark.parametrize(
    "name",
    [
        "two words", "a\u200db", "a\u202eb", "a\u00a0b", "a\ufeff", "☺",
        "\u0301x", "אa", "a\tb", "x\x7f", "a%", "#a", "~a", "&a", "a.b", "a/b", "a=b",
        "you", "ＹＯＵ",
    ],
)  # fmt: skip
def test_nicknames_that_cannot_be(server: Server, name: str) -> None:
    """ "NICK message": 432; nothing that other commands would read in another way."""
    alice = server.join(fresh("alice"))
    (reply,) = alice.replies(f"NICK :{name}")
    assert reply[0] == "432"
    assert alice.replies(f"ISON {alice.nick}") == [("303", alice.nick)]


def test_lookalikes_of_people_who_are_here(server: Server) -> None:
    """432, with a sentence; two names by the casemapping, and one to the eye (UTS #39)."""
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    assert alice.replies("NICK Alpha") == [("NICK", "Alpha")]
    why = "Erroneous nickname: this nickname looks like Alpha, who is here"
    assert bob.replies("NICK Αlpha") == [("432", "Αlpha", why)]  # Greek
    assert bob.replies("NICK A1pha") == [("432", "A1pha", why)]
    alice.send("QUIT").end()
    assert bob.replies("NICK Αlpha") == [("NICK", "Αlpha")]


@pytest.mark.parametrize(
    "name", ["NickServ", "memoserv", "Chan-Serv", "root", "аdmin", "chatroom", "ꓬou"]
)
def test_reserved_names(server: Server, name: str) -> None:
    """432: who people trust, the server itself, and what looks like them."""
    why = "Erroneous nickname: this nickname is reserved"
    assert server.join(fresh("alice")).replies(f"NICK {name}") == [("432", name, why)]


def test_a_person_at_the_plain_door_is_told_why(server: Server) -> None:
    """In the same words, and may choose again."""
    not_possible = "You cannot use that nickname: "
    with server.join("opal"), server.connect() as person:
        person.read_until("Choose a nickname:")
        person.send("оpal")
        assert person.line() == f"{not_possible}this nickname looks like opal, who is here."
        person.read_until("Choose a nickname:")
        person.send("ChanServ")
        assert person.line() == f"{not_possible}this nickname is reserved."
        person.read_until("Choose a nickname:")
        person.send("・" * 1490 + "カ")
        assert person.line() == f"{not_possible}a nickname has at most 30 characters."
        person.read_until("Choose a nickname:")
        person.send("ruby")
        person.read_until("Choose a room")
        assert person.send("", "/nick оpal").read_until("^You cannot use")[-1] == (
            f"{not_possible}this nickname looks like opal, who is here."
        )


def test_symbols_have_no_case(server: Server) -> None:
    """ "CASEMAPPING Parameter": [] and {} are one in rfc1459, not here."""
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    assert alice.replies("NICK a[]") == [("NICK", "a[]")]
    assert bob.replies("NICK a{}") == [("NICK", "a{}")]


@pytest.mark.parametrize(
    ("created", "shown", "other"),
    [
        ("#Café", "#Café", "#CAFE\u0301"),
        ("#ｒｏｏｍ", "#room", "#ROOM"),
        ("#комната", "#комната", "#КОМНАТА"),
        ("##x", "##x", "##X"),
    ],
)
def test_rooms(server: Server, created: str, shown: str, other: str) -> None:
    """Named by whoever creates them; the same in every case and width."""
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    assert alice.replies(f"JOIN {created}")[0] == ("JOIN", shown)
    assert bob.replies(f"JOIN {other}")[0] == ("JOIN", shown)
    bob.ask(f"PRIVMSG {other} :hi")
    assert alice.replies()[-1] == ("PRIVMSG", shown, "hi")
    assert bob.replies(f"PART {other}") == [("PART", shown)]


@pytest.mark.parametrize(
    "name", ["#a?b", "#a*", "#a!b", "#a@b", "#/a", "#a\u202eb", "#☺", "#a\x02"]
)
def test_rooms_that_cannot_be(server: Server, name: str) -> None:
    """ERR_BADCHANMASK."""
    assert server.join(fresh("alice")).replies(f"JOIN {name}")[0][:2] == ("476", name)


def test_bans_ignore_case_and_width(server: Server) -> None:
    room = fresh("#room")
    alice, bob = server.join(fresh("alice"), room), server.join(fresh("bob"))
    bob.ask("NICK Жанна")
    alice.ask(f"MODE {room} +b ЖАН*!*@*")
    assert bob.replies(f"JOIN {room}")[0][0] == "474"
