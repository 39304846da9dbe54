"""Tokens: made over IRC, good for HTTP and for logging in, for what they name and no more; and
browsers that stay logged in by a cookie."""

import base64
import json
import re
import socket
from collections.abc import Iterator
from contextlib import closing, suppress

import pytest

from chatroom.chat.commands import tokens
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded
from chatroom.store.accounts import AccountStore
from chatroom.store.tokens import TokenStore
from chatroom.wire.scram import derive
from chatroom.wire.tokens import API, Token, looks_like_token, token_of
from harness import PATIENCE, Client
from server.conftest import House, session_of
from server.web.test_files import PASSWORD, basic
from web_client import WebClient
from websocket_client import WebSocket
from websocket_client import request as websocket_request


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    directory = tmp_path_factory.mktemp("tokens")
    sections = "flood_rate = 0\n[files]\nsize = 1\nkeep_free = 0\n[accounts]\nrounds = 1"
    house = House(directory, limits=sections + '\n[operators]\naccounts = ["boss"]')
    house.server.open_history()
    with closing(AccountStore(directory / "data", "process")) as accounts:
        for name in ("alice", "bob", "carol", "boss"):
            added = accounts.add(name, derive(PASSWORD.encode(), b"salt", 1), 1.8e9)
            apply(house.server.world, AccountAdded(name, False, added.number, None))
    yield house
    house.server.end()


@pytest.fixture
def web(house: House) -> WebClient:
    return fresh(house)


def fresh(house: House) -> WebClient:
    return WebClient(socket.create_connection(house.address, PATIENCE), house.tick)


def plain(account: str, secret: str) -> str:
    return base64.b64encode(f"\0{account}\0{secret}".encode()).decode()


def log_in(house: House, account: str, secret: str = PASSWORD, nick: str = "") -> Client:
    """An IRC client, in the chat if it could log in by SASL PLAIN."""
    client = Client(socket.create_connection(house.address, PATIENCE))
    client.send("CAP REQ sasl", "USER u 0 * :u", "AUTHENTICATE PLAIN")
    client.send(f"AUTHENTICATE {plain(account, secret)}")
    house.settle(client)
    until(house, client, r" (903|904|902) ")
    client.send(f"NICK {nick or account}", "CAP END")
    return house.settle(client)


def until(house: House, client: Client, pattern: str) -> str:
    """Turn until a line matches, which a worker's answer brings; `tick` does not wait in vain."""
    client.sock.setblocking(False)
    data = b""
    while True:
        for line in [*client.seen, *data.decode().splitlines()]:
            if re.search(pattern, line):
                client.seen += data.decode().splitlines()
                client.sock.settimeout(PATIENCE)
                return line
        house.tick()
        with suppress(BlockingIOError):
            data += client.sock.recv(1 << 16)


def ask(house: House, client: Client, command: str, pattern: str) -> str:
    client.seen.clear()
    client.send(command)
    return until(house, client, pattern)


SECRET = r"chatroom_\S{43}$"


def make(house: House, client: Client, words: str) -> str:
    return ask(house, client, f"NS TOKEN CREATE {words}", SECRET).split()[-1].lstrip(":")


def test_a_list_of_tokens_is_made_in_steps(house: House) -> None:
    """At both doors; the next command is carried out after it."""
    store = house.server.world.tokens
    alice = log_in(house, "alice")
    number = house.server.world.accounts.number_of("alice")
    listed = [Token(1, number, API, f"t{count}") for count in range(35)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "of_account", lambda _account: listed)
        said: list[str] = []
        session = session_of(house, "alice")
        steps = tokens.tokens(house.server.world, session, ["LIST"], said.append)
        assert steps is not None
        sizes = []
        for _ in steps:
            sizes.append(len(said))
        assert sizes == [1, 11, 21, 31] and len(said) == 36
        lines = ask(house, alice, "NS TOKEN LIST", "t34:") and alice.seen
        assert sum(": read and write" in line for line in lines) == 35, lines
    alice.send("QUIT")


def bearer(secret: str) -> str:
    return f"Bearer {secret}"


def test_a_token_is_shown_once_and_stored_as_its_hash(house: House) -> None:
    alice = log_in(house, "alice")
    secret = make(house, alice, "deploy ops,#general write")
    assert looks_like_token(secret)
    said = ask(house, alice, "NS TOKEN LIST", "deploy:")
    assert "deploy: write only, ops, general, made " in said
    assert "never used" in said
    assert not any(secret in line for line in alice.seen)
    (file,) = house.server.config.data.glob("history.db")
    wal = file.with_name("history.db-wal")
    assert secret.encode() not in file.read_bytes() + wal.read_bytes()
    assert "you have a token of that name" in ask(
        house, alice, "NS TOKEN CREATE Deploy", "not made"
    )
    for wrong in ("CREATE", "CREATE bad/name", "HOOK x", "HOOK x a,b", "CREATE x a\x02b", "WHAT"):
        assert ask(house, alice, f"NS TOKEN {wrong}", "Usage: TOKEN")
    ask(house, alice, "NS TOKEN REVOKE DEPLOY", "The token deploy is revoked")
    ask(house, alice, "NS TOKEN REVOKE deploy", "You have no token deploy")
    alice.send("QUIT")


def test_a_token_logs_in_for_what_it_is_good_for(house: House) -> None:
    alice = log_in(house, "alice", nick="owner")
    alice.send("JOIN #ops,#den")
    secret = make(house, alice, "bot ops")
    bot = log_in(house, "alice", secret)
    bot.send("JOIN #den", "JOIN #ops", "PRIVMSG #den :no", "PRIVMSG #ops :yes", "OPER boss x")
    bot.send("PRIVMSG owner :no", "CHATHISTORY LATEST #den * 5", "NS SET PASSWORD somethingnew")
    bot.send("NS TOKEN LIST", "TOKEN GENERATE SESSION", "SEARCH text=yes", "SEARCH text=x;in=#ops")
    house.settle(house.settle(bot))
    refused = [line.split()[2] for line in bot.seen if "TOKEN_SCOPE" in line]
    assert refused == [*("JOIN", "PRIVMSG", "OPER", "PRIVMSG", "CHATHISTORY", "TOKEN", "SEARCH")], (
        bot.seen
    )
    assert sum("by a token, which is not good for that" in line for line in bot.seen) == 4
    house.settle(alice)
    assert [line for line in alice.seen if "PRIVMSG" in line][-1].endswith("PRIVMSG #ops :yes")
    # two connections are one user if they have the same token; nobody hears more by that
    again = log_in(house, "alice", secret)
    assert any("JOIN :#ops" in line for line in again.seen)
    assert any(" 433 " in line for line in log_in(house, "alice").seen)
    ask(house, alice, "NS TOKEN REVOKE bot", "is revoked")
    house.until(lambda: house.server.world.find("alice") is None)
    assert any(" 904 " in line for line in log_in(house, "alice", secret, "bot2").seen)
    alice.send("QUIT")


def test_scopes_of_reading_and_writing(house: House) -> None:
    bob = log_in(house, "bob")
    reads, writes = make(house, bob, "reads read"), make(house, bob, "writes write")
    reader = log_in(house, "bob", reads, "reader")
    reader.send("JOIN #hall", "PRIVMSG #hall :no", "TOPIC #hall", "TOPIC #hall :no", "MODE #hall")
    house.settle(reader)
    assert [line.split()[2] for line in reader.seen if "TOKEN_SCOPE" in line] == [
        "PRIVMSG",
        "TOPIC",
    ]
    writer = log_in(house, "bob", writes, "writer")
    assert any("works over HTTP only" in line for line in writer.seen)
    upload = {"content_type": "text/plain", "content_disposition": 'attachment; filename="a.txt"'}
    for auth, status in (
        (bearer(reads), 403),
        (bearer(writes), 201),
        (basic("bob", writes), 201),
        (basic("alice", writes), 401),
        (bearer(token_of(b"x" * 32)), 401),
        (bearer("chatroom_short"), 401),
        (bearer(PASSWORD), 401),
    ):
        reply = fresh(house).ask("POST", "/files", b"hi", authorization=auth, **upload)
        assert reply.status == status, (auth, reply)
    web = fresh(house)  # an older one would have been greeted as somebody who is silent
    assert web.ask("GET", "/tokens", authorization=bearer(reads)).status == 403
    found = json.loads(web.ask("GET", "/tokens", authorization=basic("bob")).body)
    assert [(one["name"], one["kind"], one["read"], one["write"]) for one in found] == [
        ("reads", "api", True, False),
        ("writes", "api", False, True),
    ]
    assert found[1]["used"] and found[1]["host"] == "127.0.0.1"
    for name, status in (("reads", 204), ("reads", 404)):
        assert web.ask("DELETE", f"/tokens/{name}", authorization=basic("bob")).status == status
    house.until(lambda: house.server.world.find("reader") is None)
    bob.send("QUIT")


def test_operators_have_no_privileges_by_a_token(house: House) -> None:
    boss = log_in(house, "boss")
    assert any(" 381 " in line for line in boss.seen)
    secret = make(house, boss, "all")
    bot = log_in(house, "boss", secret, "bossbot")
    bot.send("REHASH")
    house.settle(bot)
    assert not any(" 381 " in line for line in bot.seen)
    assert any("FAIL REHASH TOKEN_SCOPE" in line for line in bot.seen)
    boss.send("QUIT")
    bot.send("QUIT")


def ticket(house: House, client: Client) -> str:
    line = ask(house, client, "TOKEN GENERATE session", "TOKEN (GENERATE|NO_)")
    assert f"TOKEN GENERATE SESSION http://127.0.0.1:{house.address[1]}/session " in line
    return line.split()[-1].lstrip(":")


def cookie_of(header: str) -> str:
    return header.partition(";")[0]


def test_a_browser_stays_logged_in_until_it_is_revoked(house: House, web: WebClient) -> None:
    carol = log_in(house, "carol")
    assert json.loads(web.ask("GET", "/session").body) == {"account": None}
    once = ticket(house, carol)
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    foreign = web.ask("POST", "/session", authorization=bearer(once), origin="http://evil.example")
    assert foreign.status == 403
    reply = web.ask("POST", "/session", authorization=bearer(once), user_agent=agent)
    assert (reply.status, json.loads(reply.body)) == (
        201,
        {"account": "carol", "device": "Firefox-Linux"},
    )
    set_cookie = reply.headers["set-cookie"]
    assert re.fullmatch(
        r"chatroom-80=chatroom_\S{43}; Path=/; Max-Age=34560000; HttpOnly; SameSite=Strict",
        set_cookie,
    )
    assert web.ask("POST", "/session", authorization=bearer(once)).status == 401  # good once
    cookie = cookie_of(set_cookie)
    who = web.ask("GET", "/session", cookie=f"a=b; {cookie}; c=d")
    assert json.loads(who.body) == {"account": "carol", "device": "Firefox-Linux"}
    (device,) = json.loads(web.ask("GET", "/tokens", cookie=cookie).body)
    assert (device["name"], device["here"], device["agent"]) == ("Firefox-Linux", True, agent)
    # a WebSocket whose opening carried the cookie is offered EXTERNAL, and becomes carol's
    socket_ = external(house, cookie)
    assert any(" 900 " in line and "carol" in line for line in socket_.lines), socket_.lines
    assert not any(" 900 " in line for line in external(house, "chatroom-80=chatroom_x").lines)
    assert web.ask("DELETE", "/session", cookie=cookie).status == 204
    house.until(lambda: len(house.server.world.logged_in("carol")) == 1)
    assert json.loads(web.ask("GET", "/session", cookie=cookie).body) == {"account": None}
    assert web.ask("GET", "/tokens", cookie=cookie).status == 401
    carol.send("QUIT")


def external(house: House, cookie: str) -> WebSocket:
    client = WebSocket(socket.create_connection(house.address, PATIENCE))
    opening = websocket_request("/irc", "127.0.0.1", "text.ircv3.net", f"Cookie: {cookie}")
    client.sock.sendall(opening)
    client.sock.setblocking(False)
    client.send("CAP LS 302", "CAP REQ sasl", "AUTHENTICATE EXTERNAL", "AUTHENTICATE +", "PING :x")
    while not any("PONG" in line or " 451 " in line for line in client.lines):
        house.tick()
        try:
            client.take(client.sock.recv(1 << 16))
        except BlockingIOError:
            continue
    return client


def test_a_new_password_logs_browsers_out_and_ends_tickets(house: House, web: WebClient) -> None:
    carol = log_in(house, "carol")
    stays = web.ask("POST", "/session", authorization=basic("carol"))
    cookie = cookie_of(stays.headers["set-cookie"])
    secret, waiting = make(house, carol, "kept"), ticket(house, carol)
    ask(house, carol, f"NS SET PASSWORD {PASSWORD}", "Your password was changed")
    assert web.ask("GET", "/tokens", cookie=cookie).status == 401
    assert web.ask("POST", "/session", authorization=bearer(waiting)).status == 401
    upload = {"content_disposition": 'attachment; filename="a.txt"'}
    assert web.ask("POST", "/files", b"x", authorization=bearer(secret), **upload).status == 201
    carol.send("QUIT")


def test_tokens_go_with_their_account(house: House) -> None:
    data = house.server.config.data
    with closing(AccountStore(data)) as accounts, closing(TokenStore(data)) as tokens:
        added = accounts.add("gone", derive(b"x", b"salt", 1), 1.8e9)
        from chatroom.wire.tokens import API, Token

        tokens.add(token_of(b"y" * 32), Token(0, added.number, API, "one"))
        assert len(tokens.of_account(added.number)) == 1
        accounts.remove("gone")
        assert tokens.of_account(added.number) == []
