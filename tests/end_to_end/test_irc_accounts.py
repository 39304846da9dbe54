"""Accounts on a real socket: SASL, REGISTER, and what the files and the log say of passwords."""

import base64

import pytest

from harness import Client, Server, fresh
from wire import scram_client

CONFIG = "[limits]\nflood_rate = 0\n[accounts]\nrounds = 1000\n[log]\nverbose = true\n"
PASSWORD = "tr0ub4dor-ünd-3"
WRONG = "tr0ub4dor-and-4"


def negotiating(server: Server, nick: str, caps: str = "sasl") -> Client:
    client = server.connect()
    client.send("CAP LS 302", f"CAP REQ :{caps}", f"NICK {nick}", f"USER {nick} 0 * :{nick}")
    client.read_until(" ACK ")
    return client


def registered(server: Server, nick: str) -> Client:
    """An account of that name, and its owner, who is let in."""
    client = negotiating(server, nick)
    client.send(f"REGISTER * * :{PASSWORD}").wait("REGISTER", "SUCCESS", nick)
    client.wait("900")
    client.send("CAP END").wait("001")
    return client


def plain(account: str, password: str) -> str:
    return base64.b64encode(f"\0{account}\0{password}".encode()).decode()


def log_in(client: Client, account: str, password: str = PASSWORD) -> str:
    """The numeric with which it ends."""
    client.send("AUTHENTICATE PLAIN").wait("AUTHENTICATE", "+")
    client.send(f"AUTHENTICATE {plain(account, password)}")
    return client.read_until(r" (903|904|902) ")[-1].split()[1]


def log_in_by_scram(client: Client, account: str, password: str = PASSWORD) -> str:
    first = scram_client.first(account, "fyko+d2lbbFgONRv9qkxdawL")
    client.send("AUTHENTICATE SCRAM-SHA-256").wait("AUTHENTICATE", "+")
    client.send(f"AUTHENTICATE {base64.b64encode(first).decode()}")
    challenge = base64.b64decode(client.wait("AUTHENTICATE").params[0])
    answer = scram_client.answer(first, challenge, password.encode())
    client.send(f"AUTHENTICATE {base64.b64encode(answer.message).decode()}")
    line = client.read_until(r" (AUTHENTICATE|904) ")[-1]
    if " 904 " in line:
        return "904"
    assert base64.b64decode(line.split()[-1]) == answer.verifier
    client.send("AUTHENTICATE +")
    return client.read_until(r" (903|904) ")[-1].split()[1]


def test_register_and_come_back(server: Server) -> None:
    """By PLAIN twice, the second time from memory, and by SCRAM; not with another password."""
    nick = fresh("alice")
    registered(server, nick).close()
    for log in (log_in, log_in, log_in_by_scram):
        with negotiating(server, fresh("other")) as client:
            assert log(client, nick) == "903"
            client.send("CAP END").wait("001")
            assert ("330", client_nick(client), nick, "is logged in as") in client.replies(
                f"WHOIS {client_nick(client)}"
            )
    for log in (log_in, log_in_by_scram):
        with negotiating(server, fresh("other")) as client:
            assert log(client, nick, WRONG) == "904"
            assert log(client, fresh("nobody"), WRONG) == "904"
            assert log(client, nick) == "903"


def client_nick(client: Client) -> str:
    (line,) = [one for one in client.seen if " 001 " in one]
    return line.split()[2]


def test_an_account_is_there_after_a_restart_and_no_password_is(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """kill -9 right after the answer; then no file of the data directory, and no line of the log,
    has a password in it, right or wrong, in any of its spellings."""
    directory = tmp_path_factory.mktemp("again")
    with Server(directory, config=CONFIG) as first:
        registered(first, "alice")
        with negotiating(first, "bob") as client:
            assert log_in(client, "alice", WRONG) == "904"
            client.send(f"PRIVMSG {'x' * 3} :not here", f"REGISTER {PASSWORD} * {WRONG}")
        first.process.kill()
        first.process.wait()
        first._told_to_end = True
        logged = list(first.log)
    with Server(directory, config=CONFIG) as second:
        with negotiating(second, "alice") as client:
            assert log_in(client, "alice") == "903"
            client.send("CAP END").wait("001", "alice")
        second.stop()
        logged += second.log
    files = [file.read_bytes() for file in (directory / "data").iterdir() if file.is_file()]
    assert len(files) >= 2
    for word in (PASSWORD, WRONG, plain("alice", PASSWORD), plain("alice", WRONG)):
        assert not [line for line in logged if word in line]
        assert not [data for data in files if word.encode() in data]


def test_a_registered_nickname_is_refused_until_its_owner_logs_in(server: Server) -> None:
    nick = fresh("owner")
    laptop = registered(server, nick)
    laptop.send("JOIN #shared").wait("366")
    stranger = server.connect()
    stranger.send(f"NICK {nick}", "USER x 0 * :x").wait("433")
    phone = negotiating(server, nick)
    assert log_in(phone, nick) == "903"
    phone.send("CAP END").wait("001", nick)
    phone.wait("JOIN", "#shared")
    phone.wait("366")
    phone.send("PRIVMSG #shared :from the phone")
    assert laptop.wait("PRIVMSG").params == ("#shared", "from the phone")
    other = server.join(fresh("other"), "#shared")
    laptop.send("QUIT")
    laptop.end()
    phone.send("PRIVMSG #shared :still here")
    assert other.wait("PRIVMSG").nick == nick
    assert not [line for line in other.seen if " QUIT " in line]
    phone.send("QUIT")
    assert other.wait("QUIT").nick == nick
