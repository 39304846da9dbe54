"""Rooms over HTTP: saying something with the rights of an account, reading, searching."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded
from chatroom.server.web import publishing
from chatroom.server.web.routes import Found, find
from chatroom.server.web.texts import Said
from chatroom.store.accounts import AccountStore
from chatroom.wire.scram import derive
from harness import PATIENCE
from server.conftest import House
from server.web.test_files import PASSWORD, basic
from server.web.test_tokens import bearer, fresh, log_in, make
from web_client import Reply, WebClient
from web_client import request as web_request


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("rooms")
    sections = "flood_rate = 0\n[accounts]\nrounds = 1\n[rooms]\npermanent = ['general', 'den']"
    house = House(directory, limits=sections)
    house.server.open_history()
    with closing(AccountStore(directory / "data", "process")) as accounts:
        for name in ("alice", "bob", "carol"):
            added = accounts.add(name, derive(PASSWORD.encode(), b"salt", 1), 1.8e9)
            apply(house.server.world, AccountAdded(name, False, added.number, None))
    yield house
    house.server.end()


@pytest.fixture
def web(house: House) -> WebClient:
    return fresh(house)


ALICE = basic("alice")


def say(
    web: WebClient, room: str, words: str | bytes, auth: str = ALICE, method: str = "POST",
    **more: str,
) -> Reply:  # fmt: skip
    body = words if isinstance(words, bytes) else words.encode()
    return web.ask(method, f"/rooms/{room}", body, authorization=auth, **more)


FORM = {"content_type": "application/x-www-form-urlencoded"}


def test_who_is_not_in_the_room_says_something_unseen(house: House, web: WebClient) -> None:
    bob = log_in(house, "bob")
    bob.send("CAP REQ :message-tags account-tag server-time", "JOIN #general")
    house.settle(bob).seen.clear()
    reply = say(web, "general", "deploy=1&2 finished", **FORM)
    assert reply.status == 201
    values = json.loads(reply.body)
    (line,) = (line for line in house.settle(bob).seen if "PONG" not in line)
    assert line.startswith(f"@time={values['time']};msgid={values['msgid']};account=alice ")
    assert line.endswith(" :alice!~http@127.0.0.1 PRIVMSG #general :deploy=1&2 finished")
    assert house.server.world.find("alice") is None
    bob.seen.clear()
    alice = log_in(house, "alice", nick="al")
    alice.send("JOIN #general")
    house.settle(alice).seen.clear()
    assert say(web, "%23general", "as a member").status == 201
    assert any(line.startswith(":al!~u@") for line in house.settle(alice).seen)
    (line,) = (line for line in house.settle(bob).seen if "PRIVMSG" in line)
    assert ":al!~u@127.0.0.1 PRIVMSG #general :as a member" in line
    for client in (alice, bob):
        client.send("QUIT")


def test_what_a_body_can_be(house: House, web: WebClient) -> None:
    """Several lines are one message, unless they are actions."""
    bob = log_in(house, "bob")
    bob.send("CAP REQ :message-tags batch draft/multiline", "JOIN #general")
    house.settle(bob).seen.clear()
    text = '{"text": "one\\ntwo", "notice": true}'
    reply = say(web, "general", text, content_type="application/json")
    msgid = json.loads(reply.body)["msgid"]
    assert "msgids" not in json.loads(reply.body)
    seen = [line for line in house.settle(bob).seen if "PONG" not in line]
    assert "BATCH +" in seen[0] and f"msgid={msgid}" in seen[0], seen
    assert [line.rpartition(":")[2] for line in seen[1:3]] == ["one", "two"]
    assert len(seen) == 4
    bob.send("QUIT")
    assert say(web, "general", "\n \na\r\n\r\nb\n", method="PUT").status == 201
    values = {"text": "waves \x02x\x02\n\n bows", "format": "action", "reply_to": msgid}
    reply = say(web, "general", json.dumps(values), content_type="application/json")
    assert len(json.loads(reply.body)["msgids"]) == 2
    page = web.ask("GET", "/rooms/general?limit=4&format=jsonl", authorization=ALICE)
    found = [json.loads(line) for line in page.text.splitlines()]
    assert [(one["kind"], one["text"]) for one in found] == [
        *(("notice", "one\ntwo"), ("message", "a\n\nb")),
        *(("action", "waves x"), ("action", " bows")),
    ]
    assert found[-2]["reply_to"] == msgid
    assert found[0]["account"] == "alice"
    long = say(web, "general", "word " * 300)
    assert len(json.loads(long.body)["msgids"]) > 1


@pytest.mark.parametrize(
    ("lines", "most_lines", "most_bytes", "messages"),
    [
        (("a", "b", "c"), 2, 99, [("a\nb", 2), ("c", 1)]),
        (("aa", "bb", "cc"), 9, 5, [("aa\nbb", 2), ("cc", 1)]),
        (("a" * 9, "b"), 9, 5, [("a" * 9, 1), ("b", 1)]),
        (("a", "", "", "b"), 2, 99, [("a\n", 2), ("\nb", 2)]),
        (("a", "", "", "", "b"), 1, 99, [("a", 1), ("b", 1)]),
    ],
)
def test_a_long_text_is_several_messages(
    lines: tuple[str, ...], most_lines: int, most_bytes: int, messages: list[tuple[str, int]]
) -> None:
    assert Said(lines).messages(most_lines, most_bytes) == messages


@pytest.mark.parametrize(
    "body, kind, status",
    [
        (b"", "text/plain", 400),
        (b" \r\n ", "", 400),
        (b"\xff", "", 400),
        (b"x\n" * 51, "", 413),
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"text": 1}', "application/json", 400),
        (b'{"text": "x", "what": 1}', "application/json", 400),
        (b'{"text": "x", "format": "html"}', "application/json", 400),
        (b'{"text": "x", "reply_to": "a b"}', "application/json", 400),
        (b'{"text": "\\ud800"}', "application/json", 201),
        (b"x", "multipart/form-data; boundary=y", 415),
        (b"PRIVMSG #den :x\0\x01y", "", 201),
    ],
)
def test_bad_bodies(house: House, body: bytes, kind: str, status: int) -> None:
    more = {"content_type": kind} if kind else {}
    reply = fresh(house).ask("POST", "/rooms/general", body, authorization=ALICE, **more)
    assert reply.status == status, reply


def test_rights_are_those_of_the_account(house: House, web: WebClient) -> None:
    bob = log_in(house, "bob")
    bob.send("JOIN #club,#secret,#quiet", "MODE #club +i", "MODE #secret +s", "MODE #quiet +m")
    bob.send("JOIN #banned", "MODE #banned +b a:alice", "JOIN #slow", "MODE #slow +W 30")
    house.settle(bob)
    for room, status in (
        *(("club", 403), ("secret", 404), ("quiet", 403), ("banned", 403), ("nowhere", 404)),
        *(("a,b", 404), ("slow", 201), ("slow", 429)),
    ):
        reply = say(web, room, "hello")
        assert reply.status == status, (room, reply)
    for room, status in (("club", 403), ("secret", 404), ("quiet", 200), ("banned", 403)):
        for path in (f"/rooms/{room}", f"/rooms/{room}/stream"):
            with closing(fresh(house).sock) as sock:
                one = WebClient(sock, house.tick)
                one.send(web_request("HEAD", path, authorization=ALICE))
                assert one.reply("HEAD").status == status, path
    listed = json.loads(web.ask("GET", "/rooms", authorization=ALICE).body)
    assert {room["name"] for room in listed} == {
        *("banned", "club", "den", "general", "quiet", "slow")
    }
    own = json.loads(web.ask("GET", "/rooms", authorization=basic("bob")).body)
    assert {"name": "secret", "topic": "", "people": 1, "joined": True} in own
    bob.send("MODE #club +I a:alice", "MODE #quiet +v nobody", "REGISTER")
    house.settle(bob)
    assert say(web, "club", "invited by the list").status == 201
    bob.send("QUIT")


def test_scopes_hold_for_rooms(house: House, web: WebClient) -> None:
    carol = log_in(house, "carol")
    carol.send("JOIN #den")
    writes = make(house, carol, "writes general write")
    reads = make(house, carol, "reads general read")
    for secret, room, posts, reading in (
        *((writes, "general", 201, 403), (writes, "den", 403, 403)),
        *((reads, "general", 403, 200), (reads, "den", 403, 403)),
    ):
        assert say(web, room, "x", bearer(secret)).status == posts
        assert web.ask("GET", f"/rooms/{room}", authorization=bearer(secret)).status == reading
    listed = json.loads(web.ask("GET", "/rooms", authorization=bearer(reads)).body)
    assert [room["name"] for room in listed] == ["general"]
    assert say(web, "general", "x", "").status == 401
    assert web.ask("GET", "/rooms?token=" + writes).status == 401  # never in a query
    carol.send("QUIT")


def test_a_repeated_key_says_nothing_twice(
    house: House, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "KEYS", 2)
    first = say(web, "general", "once", idempotency_key="k1")
    again = say(web, "general", "once", idempotency_key="k1")
    assert (again.status, again.body) == (201, first.body)
    assert say(web, "general", "x", basic("bob"), idempotency_key="k1").body != first.body
    assert say(web, "nowhere", "x", idempotency_key="k2").status == 404
    assert say(web, "general", "x", idempotency_key="k2").status == 201
    assert say(web, "general", "once", idempotency_key="k1").body != first.body  # forgotten


def test_a_message_costs_what_a_privmsg_costs(house: House) -> None:
    found = find("POST", ("rooms", "general"))
    assert isinstance(found, Found)
    assert found.route.cost == publishing.MESSAGE_COST == COMMANDS["PRIVMSG"].cost
    limits = house.server.world.limits
    house.server.world.set_limits(replace(limits, flood_rate=1, flood_burst=100))
    left = []
    for words in ("one", "\n".join("five!")):
        web = fresh(house)
        say(web, "general", words)
        (door,) = (
            door
            for door in house.server.doors.values()
            if door.connection.sock.getpeername() == web.sock.getsockname()
        )
        left.append(round(door.session.allowance))
    house.server.world.set_limits(limits)
    assert left[0] - left[1] == 1


def test_since(house: House, web: WebClient) -> None:
    msgid = json.loads(say(web, "den", "first").body)["msgid"]
    say(web, "den", "second")
    for since, texts in (
        (msgid, ["second"]),
        ("1h", ["first", "second"]),
        ("2099-01-01", []),
        ("2001-01-01T00:00Z", ["first", "second"]),
    ):
        page = web.ask("GET", f"/rooms/den?since={since}&format=jsonl", authorization=ALICE)
        found = [json.loads(line)["text"] for line in page.text.splitlines()]
        assert found == texts, since
    page = web.ask("GET", "/rooms/den?since=1h", authorization=ALICE)
    assert page.headers["content-type"] == "text/plain; charset=utf-8"
    assert page.text.splitlines()[-1].endswith("] <alice> second")
    say(
        web,
        "den",
        json.dumps({"text": "\x02now\x02", "format": "irc"}),
        content_type="application/json",
    )
    page = web.ask("GET", "/rooms/den?since=1h", authorization=ALICE)
    assert page.text.splitlines()[-1].endswith("] <alice> *now*")
    for query in ("since=yesterday", "limit=0", "limit=1001", "format=xml", "format=events"):
        assert web.ask("GET", f"/rooms/den?{query}", authorization=ALICE).status == 400, query


class Stream:
    """The lines of a stream, without chunks."""

    def __init__(self, house: House, path: str, **headers: str) -> None:
        self.house = house
        self.sock = socket.create_connection(house.address, PATIENCE)
        self.sock.sendall(web_request("GET", path, b"", authorization=ALICE, **headers))
        self.sock.setblocking(False)
        self.data = b""

    def until(self, words: str) -> str:
        while words.encode() not in self.data:
            self.house.tick()
            with suppress(BlockingIOError):
                self.data += self.sock.recv(1 << 16)
        return self.data.decode()


def test_a_stream_goes_on_where_it_was_left(house: House, web: WebClient) -> None:
    missed = json.loads(say(web, "den", "seen").body)["msgid"]
    say(web, "den", "missed")
    say(web, "general", "elsewhere")
    more = {"accept": "text/event-stream", "last_event_id": missed}
    stream = Stream(house, "/rooms/den/stream", **more)
    stream.until("missed")
    for number in range(120):
        say(web, "den", f"live{number}.")
    seen = stream.until("live119.")
    assert "content-type: text/event-stream" in seen.lower()
    texts = [json.loads(line[6:])["text"] for line in seen.splitlines() if line.startswith("data")]
    assert texts == ["missed", *(f"live{number}." for number in range(120))]
    assert seen.count("\nid: ") == 121
    lines = Stream(house, "/rooms/den/stream")
    lines.until("ndjson")
    following = house.server._host.web.following
    house.until(lambda: len(following.streams) == 2)
    say(web, "den", "both")
    assert '"text":"both"' in lines.until("both")
    assert "live1" not in lines.data.decode()
    stream.until("both")
    for one in (stream, lines):
        one.sock.close()
    for words in ("somebody has gone", "which the second write tells"):
        say(web, "den", words)
        house.tick()
    house.until(lambda: not following.streams)


def test_a_stream_ends_with_the_right_to_read(house: House, web: WebClient) -> None:
    bob = log_in(house, "bob")
    bob.send("JOIN #open")
    house.settle(bob)
    stream = Stream(house, "/rooms/open/stream")
    stream.until("ndjson")
    house.until(lambda: house.server._host.web.following.streams)
    bob.send("PRIVMSG #open :before")
    stream.until("before")
    bob.send("MODE #open +i", "PRIVMSG #open :hidden")
    house.settle(bob)
    bob.send("MODE #open -i", "PRIVMSG #open :after")
    assert "hidden" not in stream.until("after")
    bob.send("QUIT")
    stream.sock.close()


def test_search(house: House, web: WebClient) -> None:
    say(web, "den", "a needle in den")
    say(web, "general", "a needle in general")
    found = json.loads(web.ask("GET", "/search?q=needle", authorization=ALICE).body)
    assert [one["room"] for one in found] == ["general", "den"]
    found = json.loads(web.ask("GET", "/search?q=needle&room=den", authorization=ALICE).body)
    assert [one["text"] for one in found] == ["a needle in den"]
    for query in ("", "q=%22", "q=x&limit=0", "q=x&before=y", "q=x&limit=101"):
        reply = web.ask("GET", f"/search?{query}", authorization=ALICE)
        assert reply.status == 400, (query, reply)
