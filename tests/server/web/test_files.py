"""Files over HTTP: `POST /files` as IRC clients, curl and forms send it, and what comes back."""

import base64
import errno
import json
import os
import re
import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import AccountAdded, AccountRemoved
from chatroom.server.files import download, ledger
from chatroom.server.web.authorization import Authorization
from chatroom.store.accounts import AccountStore
from chatroom.store.files.content import FILES
from chatroom.wire.attachment import ID_LENGTH
from chatroom.wire.scram import derive
from harness import PATIENCE, Client
from server.conftest import House
from web_client import WebClient, request

PASSWORD = "correct horse"


def basic(name: str, password: str = PASSWORD) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


ALICE, BOB = basic("alice"), basic("bob")


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A server with accounts, which takes files of one MB."""
    directory = tmp_path_factory.mktemp("shelf")
    sections = "flood_rate = 0\n[files]\nsize = 1\nquota = 3\nkeep_free = 0\n[accounts]\nrounds = 1"
    house = House(directory, limits=sections + '\n[operators]\naccounts = ["boss"]')
    server = house.server
    server.open_history()
    with closing(AccountStore(directory / "data", "process")) as accounts:
        for name in ("alice", "bob", "boss", "crowd", "leaver"):
            added = accounts.add(name, derive(PASSWORD.encode(), b"salt", 1), 1.8e9)
            apply(server.world, AccountAdded(name, False, added.number, None))
    yield house
    house.server.end()


def connect(house: House) -> socket.socket:
    """`House.connect` counts doors, of which the last test's closes now."""
    return socket.create_connection(house.address, PATIENCE)


@pytest.fixture
def web(shelf: House) -> WebClient:
    return WebClient(connect(shelf), shelf.tick)


def put(web: WebClient, data: bytes = b"hello", auth: str = ALICE, **headers: str) -> str:
    """The path of an uploaded file."""
    reply = web.ask("POST", "/files", data, authorization=auth, **headers)
    assert reply.status == 201, reply
    return reply.headers["location"].partition("127.0.0.1")[2]


def contents(shelf: House) -> int:
    return sum(each.is_file() for each in (shelf.server.config.data / FILES).rglob("*"))


def emptied(shelf: House, web: WebClient) -> None:
    """Remove all files, so that each test counts its own."""
    with closing(AccountStore(shelf.server.config.data)) as accounts:
        ids = [row[0] for row in accounts._connection.execute("SELECT id FROM file")]
    done: list[object] = []
    assert shelf.server.web_files is not None
    shelf.server.web_files.remove(ids, lambda _file: True, done.append)
    shelf.until(lambda: done)


def test_a_file_goes_in_and_comes_out(web: WebClient) -> None:
    disposition = 'attachment; filename="../report one.txt"'
    reply = web.ask(
        "POST", "/files", b"hello", authorization=ALICE, content_disposition=disposition
    )
    assert reply.status == 201
    url = reply.headers["location"]
    assert reply.text == url
    assert re.fullmatch(rf"http://127\.0\.0\.1/files/[\w-]{{{ID_LENGTH}}}/report%20one\.txt", url)
    path = url.removeprefix("http://127.0.0.1")
    for method in ("GET", "HEAD"):
        got = web.ask(method, path)
        assert got.status == 200
        assert got.body == (b"hello" if method == "GET" else b"")
        assert got.headers["content-length"] == "5"
        assert got.headers["content-type"] == "text/plain; charset=utf-8"
        assert got.headers["content-disposition"] == (
            "inline; filename=\"report one.txt\"; filename*=UTF-8''report%20one.txt"
        )
        assert got.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert got.headers["x-content-type-options"] == "nosniff"
        assert got.headers["accept-ranges"] == "bytes"
    assert web.ask("GET", path.rpartition("/")[0]).body == b"hello"


def test_a_text_without_a_name(web: WebClient) -> None:
    assert put(web).endswith("/file.txt")


def test_programs_get_json(web: WebClient) -> None:
    reply = web.ask("POST", "/files", b"GIF89a", authorization=ALICE, accept="application/json")
    about = json.loads(reply.body)
    assert about["url"] == reply.headers["location"]
    assert about["url"].endswith(f"/files/{about['id']}/file.gif")
    assert about | {"url": "", "id": ""} == {
        "url": "", "id": "", "name": "file.gif", "size": 6, "type": "image/gif",
    }  # fmt: skip


def test_who_uploads_on_the_servers_own_machine_gets_an_address_for_others(
    shelf: House, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf.server._host.web, "for_others", lambda: "192.0.2.7:8080")
    for host, place in (
        *(("localhost:1", "192.0.2.7:8080"), ("[::1]", "192.0.2.7:8080")),
        *(("127.0.0.1:1", "192.0.2.7:8080"), ("192.0.2.9", "192.0.2.9")),
    ):
        reply = web.ask("POST", "/files", b"x", authorization=ALICE, Host=host)
        assert reply.headers["location"].startswith(f"http://{place}/files/"), host


def test_parts_and_what_a_client_has_already(web: WebClient) -> None:
    path = put(web, b"0123456789")
    etag = web.ask("HEAD", path).headers["etag"]
    part = web.ask("GET", path, range="bytes=2-4")
    assert (part.status, part.body, part.headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    assert web.ask("GET", path, range="bytes=-3", if_range=etag).body == b"789"
    assert web.ask("GET", path, range="bytes=-3", if_range='"other"').status == 200
    beyond = web.ask("GET", path, range="bytes=10-")
    assert (beyond.status, beyond.headers["content-range"]) == (416, "bytes */10")
    same = web.ask("GET", path, if_none_match=etag)
    assert (same.status, same.body) == (304, b"")
    assert same.headers["etag"] == etag


def test_the_head_of_a_file_has_no_parts(web: WebClient) -> None:
    """RFC 9110 section 14.2: only GET has them."""
    head = web.ask("HEAD", put(web, b"0123456789"), range="bytes=2-4")
    assert (head.status, head.headers["content-length"]) == (200, "10")


def test_a_client_that_names_no_server_gets_a_relative_address(web: WebClient) -> None:
    web.send(
        f"PUT /files/a HTTP/1.0\r\nAuthorization: {ALICE}\r\nContent-Length: 1\r\n\r\nx".encode()
    )
    reply = web.reply("PUT")
    assert reply.headers["location"] == reply.text
    assert reply.text.startswith("/files/")


def test_a_disk_that_fails_ends_a_download_and_nothing_else(
    shelf: House, web: WebClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The length that was said tells the reader; the next request has a connection of its own."""
    path = put(web, b"x" * 400_000)
    monkeypatch.setattr(download, "_NOWAIT", None)
    read = os.pread
    monkeypatch.setattr(os, "pread", lambda fd, count, at: _read_until(read, fd, count, at))
    web.send(request("GET", path))
    data = web.rest()
    assert b"Content-Length: 400000" in data
    assert 100_000 < len(data) < 400_000
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "Input/output error" in caplog.text


def test_a_file_that_cannot_be_opened_is_not_gone(
    shelf: House, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without descriptors; a file that is missing on disk is an error, too."""
    path = put(web, b"here")
    monkeypatch.setattr("chatroom.store.files.content.NO_LINKS", os.O_DIRECTORY)
    assert web.ask("GET", path).status == 503
    monkeypatch.undo()
    assert web.ask("GET", path).body == b"here"


def _read_until(
    read: Callable[[int, int, int], bytes], descriptor: int, count: int, at: int
) -> bytes:
    if at > 200_000:
        raise OSError(errno.EIO, os.strerror(errno.EIO))
    return read(descriptor, count, at)


UNSHOWN = [b"<svg onload=alert(1)>", b"<!doctype html>", b"%PDF-1.7", b"MZ\0\0"]


@pytest.mark.parametrize("data", UNSHOWN)
def test_what_could_act_is_saved(web: WebClient, data: bytes) -> None:
    """Whatever its name and its uploader say."""
    path = put(web, data, content_type="text/html", content_disposition="inline; filename=a.html")
    got = web.ask("GET", path)
    assert got.headers["content-disposition"].startswith('attachment; filename="a.html"')
    assert got.headers["content-type"] in ("application/octet-stream", "application/pdf")


def form(*parts: tuple[str, bytes], boundary: str = "x") -> tuple[bytes, str]:
    """The body of a form, and its content type. A part is the rest of its disposition, its data."""
    body = b"".join(
        f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n"
        for head, data in parts
    )
    return body + f"--{boundary}--\r\n".encode(), f'multipart/form-data; boundary="{boundary}"'


@pytest.mark.parametrize("size", [0, 5, 100_000])
def test_a_form_as_curl_sends_it(web: WebClient, size: int) -> None:
    """With another field in front, and a name in UTF-8; also in small pieces."""
    data = b"0123456789" * (size // 10) + b"x" * (size % 10)
    body, kind = form(("name=text", b"hi"), ('name=file; filename="caf\u00e9.txt"', data))
    path = put(web, body, content_type=kind)
    assert path.endswith("/caf%C3%A9.txt")
    assert web.ask("GET", path).body == data


BAD_FORMS = {
    "has no file": form(("name=a", b"x")),
    "not complete": (form(('name=a; filename="b"', b"x"))[0][:-6], form()[1]),
    "one file": form(('name=a; filename="b"', b"x"), ('name=c; filename="d"', b"y")),
    "cannot be read": (b"--x\r\nno header\r\n\r\nx\r\n--x--\r\n", form()[1]),
    "cannot be read:": form(*[("name=a", b"x")] * 20, ('name=a; filename="b"', b"x")),
    "cannot be read: M": (b"--x\r\n" + b"A: b\r\n" * 10_000, form()[1]),
    "too much besides": form(("name=a", b"x" * 70_000), ('name=a; filename="b"', b"x")),
}
"""Bombs, too: many parts, many headers, a field without an end."""


@pytest.mark.parametrize(("words", "whole"), BAD_FORMS.items())
def test_bad_forms_leave_nothing(
    shelf: House, web: WebClient, words: str, whole: tuple[bytes, str]
) -> None:
    emptied(shelf, web)
    body, kind = whole
    reply = web.ask("POST", "/files", body, authorization=ALICE, content_type=kind)
    assert reply.status == 400
    assert words in reply.text
    files = shelf.server.web_files
    assert files is not None
    shelf.until(lambda: not files._uploads)
    assert contents(shelf) == 0


def test_a_form_may_be_cut_anywhere(web: WebClient) -> None:
    """Also before the line end behind it, which many a packet is."""
    body, kind = form(('name=a; filename="b"', b"what"))
    head = request("POST", "/files", body, authorization=ALICE, content_type=kind)
    for cut in (1, 2, 3, 9):
        web.send(head[:-cut])
        assert web._turn is not None
        web._turn()
        web.send(head[-cut:])
        assert web.reply("POST").status == 201, cut


def test_put_has_the_name_in_its_path(web: WebClient) -> None:
    """As `curl -T` sends it."""
    reply = web.ask("PUT", "/files/notes%2F..%2Fa.txt", b"x", authorization=ALICE)
    assert reply.status == 201
    assert reply.headers["location"].endswith("/a.txt")


def test_options_say_that_everything_is_welcome(web: WebClient) -> None:
    reply = web.ask("OPTIONS", "/files")
    assert (reply.status, reply.headers["accept-post"]) == (204, "*/*")
    assert reply.headers["allow"] == "OPTIONS, POST"
    assert reply.headers["upload-limit"] == "maxsize=1000000"
    assert reply.headers["upload-guests"] == "no"


REFUSED = {
    "": 401,
    basic("alice", "wrong"): 401,
    basic("nobody"): 401,
    "Basic !!!": 401,
    "Basic " + base64.b64encode(b"\xff:x").decode(): 401,
    "Basic " + base64.b64encode(b"alice").decode(): 401,
    "Digest x": 401,
}


@pytest.mark.parametrize(("auth", "status"), REFUSED.items())
def test_strangers_upload_nothing(shelf: House, web: WebClient, auth: str, status: int) -> None:
    emptied(shelf, web)
    headers = {"authorization": auth} if auth else {}
    reply = web.ask("POST", "/files", b"x" * 20_000, **headers)
    assert reply.status == status
    assert reply.headers["www-authenticate"].startswith("Basic ")
    assert contents(shelf) == 0


def test_a_page_gets_no_challenge(web: WebClient) -> None:
    """The browser would open a window that asks for a password."""
    reply = web.ask("POST", "/files", b"x", sec_fetch_mode="cors", sec_fetch_site="same-origin")
    assert reply.status == 401
    assert "www-authenticate" not in reply.headers


def test_pages_of_others_upload_nothing(web: WebClient) -> None:
    reply = web.ask("POST", "/files", b"x", authorization=ALICE, origin="https://evil.example")
    assert reply.status == 403


def test_a_length_is_refused_before_the_body(web: WebClient) -> None:
    """Senpai shows the limit that Upload-Limit says."""
    head = request("POST", "/files", authorization=ALICE, content_length=str(10**12))
    web.send(head)
    reply = web.reply()
    assert (reply.status, reply.headers["upload-limit"]) == (413, "maxsize=1000000")
    assert "1.0 MB" in reply.text


def chunked(*pieces: bytes) -> bytes:
    head = request("POST", "/files", authorization=ALICE, transfer_encoding="chunked")
    return head + b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in (*pieces, b""))


def test_a_body_without_a_length(shelf: House, web: WebClient) -> None:
    emptied(shelf, web)
    web.send(chunked(b"hel", b"lo"))
    assert web.reply("POST").status == 201
    web.send(chunked(*[b"x" * 50_000] * 30))
    reply = web.reply("POST")
    assert (reply.status, reply.headers["upload-limit"]) == (413, "maxsize=1000000")
    files = shelf.server.web_files
    assert files is not None
    shelf.until(lambda: not files._uploads)
    assert contents(shelf) == 1


def test_uploads_that_end_early_leave_nothing(shelf: House, web: WebClient) -> None:
    emptied(shelf, web)
    head = request("POST", "/files", authorization=ALICE, content_length="1000")
    web.send(head + b"half")
    files = shelf.server.web_files
    assert files is not None
    shelf.until(lambda: files._uploads)
    web.sock.close()
    shelf.until(lambda: not files._uploads)
    assert contents(shelf) == 0
    assert not files._ledger._reserved


def test_a_quota_is_told(shelf: House, web: WebClient) -> None:
    emptied(shelf, web)
    crowd = basic("crowd")
    for number in range(3):
        put(web, b"%d" % number * 1_000_000, crowd)
    reply = web.ask("POST", "/files", b"one more", authorization=crowd)
    assert reply.status == 507
    assert "3.0 MB" in reply.text
    emptied(shelf, web)
    put(web, b"room again", crowd)


def test_who_asks_before_sending_is_answered_before(shelf: House) -> None:
    """Expect: 100-continue, as curl sends it with files: who may not upload sends none of it."""
    crowd = basic("crowd")
    for auth, status in ((basic("alice", "wrong"), 401), (ALICE, 100), (crowd, 507)):
        web = WebClient(connect(shelf), shelf.tick)
        if status == 507:
            emptied(shelf, web)
            for number in range(3):
                put(web, b"%d" % number * 900_000, crowd)
        head = request(
            *("POST", "/files"), authorization=auth, expect="100-continue", content_length="800000"
        )
        web.send(head)
        while b"\r\n\r\n" not in web._replies.data:
            web._receive()
        assert web._replies.data.startswith(b"HTTP/1.1 %d " % status), (status, web._replies.data)
        assert (b"Connection: close" in web._replies.data) is (status != 100)
        if status == 100:
            web.send(b"x" * 800_000)
            assert web.reply("POST").status == 201
        web.sock.close()
    emptied(shelf, WebClient(connect(shelf), shelf.tick))


def test_only_so_many_at_once(shelf: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "UPLOADS_OF_ONE", 0)
    web = WebClient(connect(shelf), shelf.tick)
    reply = web.ask("POST", "/files", b"x", authorization=ALICE)
    assert (reply.status, reply.headers["retry-after"]) == (429, "5")


def test_the_uploader_and_operators_remove_a_file(web: WebClient) -> None:
    path = put(web)
    assert web.ask("DELETE", path).status == 401
    assert web.ask("DELETE", path, authorization=BOB).status == 403
    assert web.ask("DELETE", path, authorization=ALICE).status == 204
    assert web.ask("GET", path).status == 404
    assert web.ask("DELETE", path, authorization=ALICE).status == 404
    path = put(web, auth=BOB)
    assert web.ask("DELETE", path, authorization=basic("boss")).status == 204


@pytest.mark.parametrize("path", ["/files/x", "/files/" + "x" * ID_LENGTH, "/files/..%2fx/y"])
def test_there_is_nothing_else(web: WebClient, path: str) -> None:
    assert web.ask("GET", path).status == 404


def test_a_message_takes_its_file_with_it(shelf: House, web: WebClient) -> None:
    """When it is deleted by REDACT; and only a file of its author's."""
    mine, theirs = put(web, b"mine"), put(web, b"theirs", BOB)
    alice = Client(connect(shelf))
    login = base64.b64encode(f"alice\0alice\0{PASSWORD}".encode()).decode()
    alice.send("CAP REQ :sasl message-tags echo-message draft/message-redaction", "NICK alice")
    alice.send("USER a 0 * :a", "AUTHENTICATE PLAIN", f"AUTHENTICATE {login}")
    doors = shelf.server.doors.values()
    shelf.until(lambda: any(door.session.user.account == "alice" for door in doors))
    alice.send("CAP END", "JOIN #files", f"PRIVMSG #files :see http://h{mine} http://h{theirs}")
    shelf.settle(alice)
    history = shelf.server.history
    assert history is not None
    (said,) = history.select("#files", 1, ("PRIVMSG",))
    alice.send(f"REDACT #files {said.tags['msgid']}")
    shelf.settle(alice)
    files = shelf.server.web_files
    assert files is not None
    found: list[object] = []
    files.remove([], lambda _file: False, found.append)
    shelf.until(lambda: found)
    assert web.ask("GET", mine).status == 404
    assert web.ask("GET", theirs).status == 200


def test_an_account_that_is_removed_meanwhile_stores_nothing(shelf: House, web: WebClient) -> None:
    emptied(shelf, web)
    files, world = shelf.server.web_files, shelf.server.world
    assert files is not None
    head = request("POST", "/files", authorization=basic("leaver"), content_length="10")
    web.send(head + b"hello")
    shelf.until(lambda: files._uploads)
    apply(world, AccountRemoved("leaver", world.now))
    web.send(b"world")
    reply = web.reply("POST")
    assert (reply.status, reply.text) == (403, "This account cannot be used any more.")
    shelf.until(lambda: not files._uploads)
    assert contents(shelf) == 0


def test_nor_does_one_that_is_removed_while_the_disk_is_busy(
    shelf: House, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    emptied(shelf, web)
    answers = iter((True, False))
    monkeypatch.setattr(Authorization, "is_current", lambda _self, _person: next(answers))
    assert web.ask("POST", "/files", b"x", authorization=ALICE).status == 403
    files = shelf.server.web_files
    assert files is not None
    shelf.until(lambda: not contents(shelf))
    shelf.until(lambda: not files._ledger._used)


def test_a_file_does_not_count_as_what_people_say(
    shelf: House, web: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit on bytes in a minute is meant for that, and is smaller than a file."""
    counted: list[int] = []
    monkeypatch.setattr(
        shelf.server._host, "charge_bytes", lambda _session, size: counted.append(size)
    )
    put(web, b"x" * 500_000)
    assert sum(counted) < 50_000
    web.ask("GET", "/", long="x" * 8_000)
    assert sum(counted) > 8_000


def test_passwords_are_not_taken_in_the_clear(
    shelf: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only over TLS and from this machine, as everywhere."""
    monkeypatch.setattr("chatroom.chat.session.Session.secure", False)
    web = WebClient(connect(shelf), shelf.tick)
    reply = web.ask("POST", "/files", b"x", authorization=ALICE)
    assert reply.status == 403
    assert "TLS" in reply.text


def test_without_files_there_are_none(tmp_path: Path) -> None:
    house = House(tmp_path, limits="flood_rate = 0\n[files]\nenabled = false")
    house.server.open_history()
    web = WebClient(connect(house), house.tick)
    assert web.ask("OPTIONS", "/files").status == 404
    web = WebClient(connect(house), house.tick)
    assert web.ask("POST", "/files", b"x").status == 404
    house.server.end()


def test_they_are_switched_off_and_the_limits_changed_while_the_server_runs(
    tmp_path: Path,
) -> None:
    house = House(tmp_path, limits="flood_rate = 0\n[files]\nguests = true\nkeep_free = 0")
    house.server.open_history()
    web = WebClient(connect(house), house.tick)
    assert web.ask("POST", "/files", b"x").status == 201
    config = tmp_path / "chatroom.toml"
    config.write_text(config.read_text().replace("guests = true", "guests = true\nsize = 1"))
    house.server._reload()
    assert web.ask("POST", "/files", b"x" * 1_000_001).status == 413
    config.write_text(config.read_text().replace("guests = true", "enabled = false"))
    house.server._reload()
    web = WebClient(connect(house), house.tick)
    assert web.ask("POST", "/files", b"x").status == 404
    house.server.end()


def test_guests_may_where_the_operator_says_so(tmp_path: Path) -> None:
    house = House(tmp_path, limits="flood_rate = 0\n[files]\nguests = true\nkeep_free = 0")
    house.server.open_history()
    web = WebClient(connect(house), house.tick)
    reply = web.ask("POST", "/files", b"x")
    assert reply.status == 201
    path = reply.headers["location"].partition("127.0.0.1")[2]
    assert web.ask("DELETE", path).status == 401
    house.server.end()
