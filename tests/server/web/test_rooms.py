"""Rooms over HTTP: saying something with the rights of an account, reading, searching."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from chatroom.chat.commands.table import COMMANDS
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded
from chatroom.server.web import publishing, repeating
from chatroom.server.web.routes import Found, find
from chatroom.server.web.texts import Said
from chatroom.store.accounts import AccountStore
from chatroom.wire.client_tags import ClientTags
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


def test_no_reply_where_the_operator_denies_its_tag(
    house: House, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ISUPPORT CLIENTTAGDENY holds for this door, too: the text comes without the tag."""
    bob = log_in(house, "bob")
    bob.send("CAP REQ :message-tags", "JOIN #general")
    house.settle(bob).seen.clear()
    monkeypatch.setattr(house.server.world, "client_tags", ClientTags("*,-typing"))
    body = '{"text": "yes", "reply_to": "m1"}'
    assert say(web, "general", body, content_type="application/json").status == 201
    (line,) = [line for line in house.settle(bob).seen if line.endswith(":yes")]
    assert "reply" not in line
    bob.send("QUIT")


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
    assert say(web, "general", "word " * 300).status == 201
    page = web.ask("GET", "/rooms/general?limit=1&format=jsonl", authorization=ALICE)
    assert json.loads(page.text)["text"] == ("word " * 300).rstrip()
    values = {"text": "x" * 600, "format": "action"}
    assert say(web, "general", json.dumps(values), content_type="application/json").status == 413


@pytest.mark.parametrize(
    ("lines", "most_lines", "most_bytes", "messages"),
    [
        (("a", "b", "c"), 2, 99, [("a\nb", 2), ("c", 1)]),
        (("aa", "bb", "cc"), 9, 5, [("aa\nbb", 2), ("cc", 1)]),
        (("a" * 9, "b"), 9, 5, [("a" * 5, 1), ("a" * 4, 1), ("b", 1)]),
        (("a" * 700, "b"), 3, 999, [("a" * 700, 3), ("b", 1)]),
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
    for path in ("/rooms/{}", "/rooms/{}/stream", "/search?q=x&room={}", "/search?q=in:{}+x"):
        answers = [
            fresh(house).ask("GET", path.format(room), authorization=ALICE)
            for room in ("secret", "nowhere", "%00")
        ]
        assert {(one.status, one.body) for one in answers[:2]} == {(404, answers[0].body)}, path
        assert answers[2].status in (400, 404)
    assert say(web, "secret", "x").body == say(web, "nowhere", "x").body == answers[0].body
    assert web.ask("GET", "/search?q=x&room=club", authorization=ALICE).status == 403
    assert web.ask("GET", "/search?q=hello&room=slow", authorization=ALICE).status == 200
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
    carol.send("JOIN #hidden", "MODE #hidden +s", "PRIVMSG #hidden :a pearl")
    house.settle(carol)
    for room, other in (("hidden", "missing"), ("missing", "hidden")):
        told, same = (say(web, one, "x", bearer(writes)) for one in (room, other))
        assert (told.status, told.body) == (404, same.body)
        told, same = (
            web.ask("GET", f"/rooms/{one}", authorization=bearer(reads)) for one in (room, other)
        )
        assert (told.status, told.body) == (404, same.body)
    found = web.ask("GET", "/search?q=pearl", authorization=basic("carol"))
    assert [one["room"] for one in json.loads(found.body)] == ["hidden"]
    assert say(web, "general", "x", "").status == 401
    assert web.ask("GET", "/rooms?token=" + writes).status == 401  # never in a query
    carol.send("QUIT")


def test_a_key_opens_a_room(house: House, web: WebClient) -> None:
    """As in JOIN; never in the query, which proxies and browsers write into their logs."""
    bob = log_in(house, "bob")
    bob.send("JOIN #vault", "MODE #vault +k s\u00e9same")
    house.settle(bob)
    values = json.dumps({"text": "in JSON", "key": "s\u00e9same"})
    assert say(web, "vault", "no key").status == 403
    assert say(web, "vault", "wrong", room_key="open").status == 403
    assert say(web, "vault?key=s%C3%A9same", "in the query").status == 403
    assert say(web, "vault", "in a header", room_key="s\u00e9same").status == 201
    assert say(web, "vault", values, content_type="application/json").status == 201
    seen = [line.rpartition(":")[2] for line in house.settle(bob).seen if " PRIVMSG #" in line]
    assert seen == ["in a header", "in JSON"]
    assert web.ask("GET", "/rooms/vault", authorization=ALICE, room_key="sesame").status == 403
    values = json.dumps({"text": "x", "key": 1})
    assert say(web, "vault", values, content_type="application/json").status == 400
    bob.send("QUIT")


def test_a_repeated_key_says_nothing_twice(
    house: House, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repeating, "KEYS", 2)
    first = say(web, "general", "once", idempotency_key="k1")
    again = say(web, "general", "once", idempotency_key="k1")
    assert (again.status, again.body) == (201, first.body)
    assert say(web, "general", "another", idempotency_key="k1").status == 422
    assert say(web, "general", "x", basic("bob"), idempotency_key="k1").body != first.body
    assert say(web, "nowhere", "x", idempotency_key="k2").status == 404
    assert say(web, "general", "x", idempotency_key="k2").status == 201
    assert say(web, "general", "x", idempotency_key="k" * 256).status == 400


def test_a_refused_request_may_be_corrected(house: House, web: WebClient) -> None:
    bob = log_in(house, "bob")
    bob.send("JOIN #hushed", "MODE #hushed +m")
    house.settle(bob)
    assert say(web, "hushed", "too early", idempotency_key="k3").status == 403
    bob.send("MODE #hushed -m")
    house.settle(bob)
    assert say(web, "hushed", "corrected", idempotency_key="k3").status == 201
    bob.send("QUIT")


def test_a_repeated_request_is_answered_although_its_room_is_gone(
    house: House, web: WebClient
) -> None:
    """After a restart, say, when nobody has come back yet."""
    bob = log_in(house, "bob")
    bob.send("JOIN #brief")
    house.settle(bob)
    first = say(web, "brief", "before", idempotency_key="k4")
    bob.send("PART #brief")
    house.settle(bob)
    again = say(web, "brief", "before", idempotency_key="k4")
    assert (again.status, again.body) == (201, first.body)
    assert say(web, "brief", "after", idempotency_key="k5").status == 404
    bob.send("JOIN #brief")
    house.settle(bob)
    assert say(web, "brief", "after", idempotency_key="k5").status == 201
    bob.send("QUIT")


def test_a_repeated_key_says_nothing_twice_after_a_restart(tmp_path: Path) -> None:
    """Neither what was said whole, nor what was said in part before the end."""
    sections = "flood_rate = 1\nflood_burst = 3\nmultiline_lines = 2\n[accounts]\nrounds = 1"
    sections += "\n[rooms]\npermanent = ['general']"
    ask = partial(web_request, "POST", "/rooms/general", authorization=ALICE)
    whole, parts = ask(b"whole", idempotency_key="k1"), ask(b"1\n2\n3\n4", idempotency_key="k2")

    def said(house: House) -> list[str]:
        log = house.server.world.log
        return [one.params[1] for one in log.select("#general", 9, {"PRIVMSG"})]

    first = House(tmp_path, limits=sections)
    first.server.open_history()
    with closing(AccountStore(tmp_path / "data", "process")) as accounts:
        number = accounts.add("alice", derive(PASSWORD.encode(), b"salt", 1), 1.8e9).number
    apply(first.server.world, AccountAdded("alice", False, number, None))
    web = fresh(first)
    web.send(whole)
    answer = web.reply()
    assert answer.status == 201
    web.send(parts)
    first.until(lambda: "1\n2" in said(first))
    assert said(first) == ["whole", "1\n2"]  # the next one waits for the allowance
    first.server.end()

    second = House(tmp_path, limits=sections.replace("flood_rate = 1", "flood_rate = 0"))
    second.server.open_history()
    web = fresh(second)
    web.send(whole + parts + parts + ask(b"other", idempotency_key="k1"))
    again, completed, repeated, other = (web.reply() for _ in range(4))
    assert again.body == answer.body
    assert completed.body == repeated.body
    assert len(json.loads(completed.body)["msgids"]) == 2
    assert other.status == 422
    assert said(second) == ["whole", "1\n2", "3\n4"]
    second.server.end()


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


@pytest.mark.parametrize(
    "nonsense",
    ["nonsense", "redaction:1:9999999999999999999:1", "redaction:1:-9999999999999999999:1"],
)
def test_a_stream_begins_now_after_a_nonsensical_last_event_id(
    house: House, web: WebClient, nonsense: str
) -> None:
    stream = Stream(house, "/rooms/general/stream", last_event_id=nonsense)
    stream.until("200 OK")
    say(web, "general", "after the nonsense")
    assert stream.until("after the nonsense").count("msgid") == 1
    stream.sock.close()


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


def test_a_stream_tells_of_redactions(house: House, web: WebClient) -> None:
    """Also of those that were made while its reader was away; not of those in a past that the
    reader may not see."""
    bob = log_in(house, "bob")
    bob.send("CAP REQ :draft/message-redaction", "JOIN #typos,#shut", "MODE #shut +i")
    bob.send("PRIVMSG #shut :behind a door")
    house.settle(bob)
    log = house.server.world.log
    behind = log.select("#shut", 1, {"PRIVMSG"})[0].tags["msgid"]
    bob.send("MODE #shut -i")
    msgids = [json.loads(say(web, "typos", words, basic("bob")).body)["msgid"] for words in "abc"]
    house.settle(bob)
    events = Stream(house, "/rooms/typos/stream", accept="text/event-stream")
    plain = Stream(house, "/rooms/typos/stream?format=text")
    shut = Stream(house, "/rooms/shut/stream")
    for one in (events, plain, shut):
        one.until("200 OK")
    bob.send(f"REDACT #typos {msgids[0]} :a typo", f"REDACT #shut {behind}")
    house.settle(bob)
    seen = events.until("a typo").partition("event: redaction\n")[2].splitlines()
    values = json.loads(seen[1].removeprefix("data: "))
    assert values.pop("time")
    assert values.pop("redacts") == msgids[0]
    assert values == {"kind": "redaction", "room": "typos", "from": "bob", "reason": "a typo"}
    assert "-- bob deleted a message (a typo)" in plain.until("(a typo)")
    cursor = seen[0].removeprefix("id: ")
    last = json.loads(say(web, "typos", "d", basic("bob")).body)["msgid"]
    bob.send("PRIVMSG #shut :open")
    assert '"text":"open"' in shut.until("open") and "redaction" not in shut.until("open")
    bob.send(f"REDACT #typos {msgids[1]}")
    house.settle(bob)
    events.until(msgids[1])
    for since, redacted, said in (
        *((cursor, [msgids[1]], ["d"]), (last, [msgids[1]], [])),
        *((msgids[2], msgids[:2], ["d"]), ("1h", msgids[:2], ["c", "d"])),
    ):
        stream = Stream(
            house, "/rooms/typos/stream", accept="text/event-stream", last_event_id=since
        )
        stream.until(msgids[1])
        lines = stream.data.decode().splitlines()
        values = [json.loads(line[6:]) for line in lines if line.startswith("data")]
        assert [one["redacts"] for one in values if one["kind"] == "redaction"] == redacted, since
        assert [one["text"] for one in values if "text" in one][-2:] == said, since
        stream.sock.close()
    for one in (events, plain, shut):
        one.sock.close()
    bob.send("QUIT")


def test_search(house: House, web: WebClient) -> None:
    say(web, "den", "a needle in den")
    say(web, "general", "a needle in general")
    found = json.loads(web.ask("GET", "/search?q=needle", authorization=ALICE).body)
    assert [one["room"] for one in found] == ["general", "den"]
    found = json.loads(web.ask("GET", "/search?q=needle&room=den", authorization=ALICE).body)
    assert [one["text"] for one in found] == ["a needle in den"]
    found = json.loads(web.ask("GET", "/search?q=needle%00%22in", authorization=ALICE).body)
    assert len(found) == 2
    for query in ("", "q=%22", "q=%00", "q=x&limit=0", "q=x&before=y", "q=x&limit=101"):
        reply = web.ask("GET", f"/search?{query}", authorization=ALICE)
        assert reply.status == 400, (query, reply)
