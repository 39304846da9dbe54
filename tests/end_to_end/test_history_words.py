"""What a search finds, asked by IRC, at the plain door, and by the client: the same everywhere."""

from pathlib import Path

from chatroom.wire.message import format_tags
from end_to_end.scripts import run
from harness import Client, Server, fresh

SAID = {
    "great🎉 party": ["great", "🎉", "Great 🎉"],
    "it is 25°C out": ["25", "25°C out"],
    "\x0304ERROR\x03 in it\x02al\x02ic": ["ERROR", "italic"],
    'a 5" disk': ['5" disk'],
    "look, a 🪿": ["🪿"],
    "soft\u00adhyphens": ["softhyphens"],
}
MISSES = ["04ERROR", "🎊", '6" disk']


def irc(client: Client, query: str) -> list[str]:
    """The texts that SEARCH finds."""
    client.send(f"SEARCH {format_tags({'text': query})}")
    lines = client.read_until(" BATCH -| FAIL SEARCH ")
    return [
        line.partition(" PRIVMSG ")[2].partition(" :")[2] for line in lines if " PRIVMSG " in line
    ]


def test_every_way_of_searching_finds_the_same(tmp_path: Path) -> None:
    room, caps = fresh("words"), "batch server-time message-tags soju.im/search"
    cases = [(query, [text]) for text, queries in SAID.items() for query in queries]
    with (
        Server(tmp_path, config="[limits]\nflood_rate = 0\n") as server,
        server.join("alice", f"#{room}", caps=caps) as alice,
        server.person("paul", "lounge") as paul,
    ):
        alice.ask(*(f"PRIVMSG #{room} :{text}" for text in SAID))
        for query, expected in [*cases, *((query, []) for query in MISSES)]:
            whole = f"{query} IN:{room.upper()} From:ALICE"
            assert irc(alice, whole) == expected, query
            plain = [line for line in paul.hear(f"/search {whole}") if "<alice>" in line]
            assert len(plain) == len(expected), query
        for query, expected in (cases[1], cases[4], (MISSES[0], [])):
            done = run(server, "search", query, f"In:{room}")
            assert len(done.stdout.splitlines()) == len(expected), query
