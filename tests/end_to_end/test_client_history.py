"""People at terminals read back: real clients, a real server, and a past that was imported."""

import json
import re
import socket
import sys
from collections.abc import Iterator

import pytest

import warm
from chatroom.text.display import day_marker, local_moment, local_time
from end_to_end.terminal import Terminal
from harness import CLIENT, PATIENCE, SERVER, Server, fresh

CAPS = "batch server-time message-tags echo-message draft/chathistory draft/message-redaction"
DAYS = ("2024-05-03", "2024-05-04")
PAST = 45
"""Lines that are imported: the first 30 of them said on the first day."""


def when(number: int) -> dict[str, str]:
    """The time tag of an imported line."""
    return {"time": f"{DAYS[number >= 30]}T12:00:{number:02}.000Z"}


def past_line(number: int, room: str = "#past") -> str:
    text = f"brewing number {number}" if number % 2 else f"reading number {number}"
    return json.dumps(
        {
            "room": room,
            **when(number),
            "msgid": f"old{number}{room[1:]}",
            "source": "bob!b@example.org",
            "command": "PRIVMSG",
            "params": [room, text],
        }
    )


def stamp(number: int) -> str:
    return re.escape(f"[{local_time(when(number), 0.0)}]")


def marker(number: int) -> str:
    return day_marker(local_moment(when(number), 0.0).date())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    directory = tmp_path_factory.mktemp("server")
    rows = [past_line(number) for number in range(PAST)] + [past_line(7, "#aside")]
    warm.run(
        [sys.executable, SERVER, "--data", directory / "data", "history", "import", "-"],
        input="\n".join(rows),
        text=True,
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    with Server(directory) as running:
        yield running
        running.end_well()


def visit(server: Server, nick: str, *rooms: str) -> Terminal:
    """A person who has these rooms named and enters them."""
    options = [word for room in rooms for word in ("--room", room)]
    return Terminal("127.0.0.1", str(server.port), "--nick", nick, *options)


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"> \w+ number (\d+)", text)]


def test_the_last_lines_on_entering(server: Server) -> None:
    """Twenty, with a marker above each day, and the line that ends them."""
    with visit(server, "ann", "past") as ann:
        ann.see("Welcome to room past!", "/help lists")
        ann.see(marker(25), stamp(25) + " <bob> brewing number 25\r", marker(30))
        ann.see(stamp(44) + " <bob> reading number 44\r", "--- you are up to date ---")
        assert numbers(ann.glass.everything()) == list(range(25, 45))
        assert len(re.findall("---.*2024 ---", ann.glass.everything())) == 2
        ann.say("hello").see(TODAY, "<You> hello").say("again").see("<You> again")
        ann.say("/quit").status()
    with visit(server, "ann", "past") as ann:
        ann.see("up to date")
        assert "<ann> again\n--- you" in ann.glass.everything()


TODAY = r"--- \w+day, \d+ \w+ 20\d\d ---\r"


def test_back_to_the_beginning(server: Server) -> None:
    """/history [N] and /history more, page by page, every line once."""
    room = fresh("long")
    with server.join("bob", f"#{room}", caps=CAPS) as bob:
        bob.ask(*(f"PRIVMSG #{room} :plain number {number}" for number in range(50)))
        with visit(server, "cas", room) as cas:
            cas.see("up to date").say("/history 8").see("/history 8", "number 42", "up to date")
            before = len(numbers(cas.glass.everything()))
            for last in (41, 33, 25, 17, 9, 1):
                cas.say("/history more").see(f"number {last}\r")
            cas.say("/history more").see("--- nothing older is kept ---")
            pages = numbers(cas.glass.everything())[before:]
            assert sorted(pages) == list(range(42))
            cas.say("/history nonsense").see(r"Usage: /history \[N\], /history more")


def test_search_and_its_pages(server: Server) -> None:
    """The newest first, with day and room; ten a page."""
    day = f"{local_moment(when(43), 0.0):%Y-%m-%d}"
    with visit(server, "dan", "empty") as dan:
        dan.see("/help lists").say("/search brew* in:past")
        dan.see(rf"\[{day} {stamp(43)[2:]} past <bob> brewing number 43\r", "/search more shows")
        dan.say("/search more").see("number 23\r", "number 5\r", "/search more shows")
        dan.say("/search more").see("number 3\r", "number 1\r", "Nothing older was found")
        assert numbers(dan.glass.everything()) == list(range(43, 0, -2))
        dan.say('/search "number 7" from:bob').see(r"past <bob> brewing number 7|aside <bob>")
        dan.say("/search zebra").see("Nothing was found")
        dan.say('/search "brewing number 7').see("> brewing number 7\r")
        dan.say("/search after:2999-01-01").see("Nothing was found")


def test_nothing_twice_and_nothing_lost_while_entering(server: Server) -> None:
    """Somebody talks all the while: each line stands once, in order."""
    room = fresh("busy")
    with server.join("gus", f"#{room}") as gus, visit(server, "eva") as eva:
        eva.see(r"Choose a room \[general\]: ")
        for start in range(0, 400, 10):
            if start == 20:
                eva.say(room)
            gus.ask(*(f"PRIVMSG #{room} :plain number {start + each}" for each in range(10)))
        eva.see("/help lists", "plain number 399\r")
        shown = numbers(eva.glass.everything())
        assert shown == list(range(shown[0], 400))


def test_what_was_taken_back(server: Server) -> None:
    """As it happens, with the reason, and its place in the history."""
    room = fresh("redact")
    with server.join("fay", f"#{room}", caps=CAPS) as fay, visit(server, "gil", room) as gil:
        gil.see("/help lists")
        fay.ask()
        (echo,) = fay.ask(f"PRIVMSG #{room} :oops")
        gil.see("<fay> oops")
        fay.ask(f"REDACT #{room} {echo.tags['msgid']} :wrong room")
        gil.see(r"-- fay deleted .* \(wrong room\)")
        gil.say("/history").see(r"\[\d\d:\d\d:\d\d\] \(a message was deleted\)", "up to date")
        gil.say("/search oops").see("Nothing was found")


def test_reactions_of_the_past(server: Server) -> None:
    """On entering and with /history, as they looked when they happened; those to a line further up
    come when one pages back to it."""
    room = fresh("react")
    with server.join("fay", f"#{room}", caps=CAPS) as fay:
        echoes = fay.ask(*(f"PRIVMSG #{room} :tea {number}" for number in range(22)))
        for number in (21, 0):
            msgid = echoes[number].tags["msgid"]
            fay.ask(f"@+draft/reply={msgid};+draft/react=👍 TAGMSG #{room}")
        with visit(server, "gil", room) as gil:
            reacted = '-- fay reacted 👍 to "tea 21"\r'
            gil.see("/help lists", "<fay> tea 21\r", reacted, "up to date")
            gil.say("/history 1").see("/history 1", "<fay> tea 21\r", reacted, "up to date")
            gil.say("/history").see("<fay> tea 2\r", "up to date")
            gil.say("/history more").see("<fay> tea 1\r", '-- fay reacted 👍 to "tea 0"')
            assert "not on the screen" not in gil.glass.everything()


def test_searches_as_a_person_means_them(server: Server) -> None:
    """Words that touch an emoji, a lone quotation mark, keywords in capitals."""
    room = fresh("words")
    with server.join("bob", f"#{room}", caps=CAPS) as bob, visit(server, "gil", room) as gil:
        bob.ask(f"PRIVMSG #{room} :great🎉", f'PRIVMSG #{room} :a 5" disk')
        gil.see("/help lists", "<bob> great🎉", 'a 5" disk')
        gil.say(f"/search great in:{room}").see(rf"1\. \[.*\] {room} <bob> great🎉")
        gil.say(f'/search 5" disk in:{room}').see(rf'1\. \[.*\] {room} <bob> a 5" disk')
        gil.say(f"/search From:bob IN:{room} disk").see(rf'1\. \[.*\] {room} <bob> a 5" disk')
        gil.say(f"/search From:gil In:{room} disk").see("Nothing was found")


def test_rooms_that_may_not_be_read(server: Server) -> None:
    """The server's FAIL in words."""
    room = fresh("closed")
    with server.join("hal", f"#{room}") as hal, visit(server, "ida", "other") as ida:
        hal.ask(f"MODE #{room} +i", f"PRIVMSG #{room} :a secret")
        ida.see("/help lists").say(f"/search secret in:{room}")
        ida.see("This cannot be searched: you cannot search there")
        ida.say(f"/raw CHATHISTORY LATEST #{room} * 10")
        ida.see(f"You cannot read the history of {room}")


def test_help_knows_them(server: Server) -> None:
    """A row each."""
    with visit(server, "jan", "other") as jan:
        jan.see("/help lists").say("/help past")
        jan.see(r"/history \[N\|more\]", r"/search WORDS\|more")


def test_in_a_pipe(server: Server) -> None:
    """Nothing of the past unless it is asked for; a search is waited for."""
    command = [sys.executable, str(CLIENT), "127.0.0.1", str(server.port), "--nick", "kim"]
    cases: tuple[tuple[str, list[int]], ...] = (
        ("hi\n", []),
        ("/search brew* in:past before:2024-05-03T12:00:06Z", [5, 3, 1]),
    )
    for text, shown in cases:
        done = warm.run(
            [*command, "--room", "past"],
            input=text,
            text=True,
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
        assert numbers(done.stdout) == shown


def test_the_client_speaks_first() -> None:
    """Many a server is silent until it is spoken to."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(PATIENCE)
        host, port = listener.getsockname()
        with Terminal(host, str(port), "--nick", "lea"):
            peer, _ = listener.accept()
            with peer:
                peer.settimeout(PATIENCE)
                assert peer.recv(100).startswith(b"CAP LS 302\r\nNICK lea\r\n")
