"""How far the person has read, shown and told (IRCv3 draft/read-marker)."""

import pytest

from chatroom.client.protocol.capabilities import READ_MARKER, WANTED
from chatroom.client.ui.read_markers import PAUSE
from client.visitor import ALL, ENTERING, NOON, Visit, batch, day_of, line, time_of

ACCOUNT = ":s 900 alice alice!a@h alice :You are logged in\n"


def mark(number: int, name: str = "#general") -> str:
    return f":s MARKREAD {name} timestamp={NOON.format(number)}\n"


def sent(visit: Visit) -> list[str]:
    return [one for one in visit.sent() if one.startswith("MARKREAD")]


def visit(told: str = "", past: int = 3, capabilities: str = ALL) -> Visit:
    """In general, where so many lines were said before; `told` comes with JOIN."""
    one = Visit(capabilities, joined=False)
    one.hear(ACCOUNT)
    join, names = ENTERING.format("#general").split("\n", 1)
    one.hear(f"{join}\n{told}{names}")
    one.hear(batch([line(number) for number in range(1, past + 1)]))
    one.sent()
    return one


def test_the_line_is_between_read_and_unread() -> None:
    shown = visit(mark(2)).shown()
    here = shown.index("--- you have read up to here ---")
    assert "message 2" in shown[here - 1]
    assert "message 3" in shown[here + 1]
    assert shown[here + 2] == "--- you are up to date ---"
    assert shown.count(day_of(NOON.format(1))) == 1


@pytest.mark.parametrize(
    "told", ["", ":s MARKREAD #general *\n", mark(3), ":s MARKREAD #general x\n"]
)
def test_without_anything_unread_there_is_none(told: str) -> None:
    assert "--- you have read up to here ---" not in visit(told).shown()


def test_what_was_read_is_told_after_a_pause() -> None:
    """Once for all lines, when the person has done something; not again for the same line."""
    one = visit(mark(1))
    assert sent(one) == []
    for number in (4, 5):
        one.hear(line(number))
        one.chat.read_markers.seen()
    one.chat.read_markers.tick()
    assert sent(one) == []
    assert one.chat.read_markers.due == one.chat.context.now + PAUSE
    one.chat.context.now += PAUSE
    one.chat.read_markers.tick()
    assert sent(one) == [f"MARKREAD #general timestamp={NOON.format(5)}"]
    one.chat.read_markers.seen()
    assert one.chat.read_markers.due is None


def test_a_command_shows_that_one_reads() -> None:
    one = visit()
    one.hear(line(4))
    one.types("/names")
    one.chat.context.now += PAUSE
    one.chat.read_markers.tick()
    assert sent(one) == [f"MARKREAD #general timestamp={NOON.format(4)}"]


def test_lines_that_come_while_nobody_does_anything_are_not_read() -> None:
    one = visit(mark(3))
    one.hear(line(4))
    one.chat.context.now += 100
    one.chat.read_markers.tick()
    assert sent(one) == []


@pytest.mark.parametrize("typed", ["/quit", "/query bob"])
def test_switching_and_leaving_tell_it_at_once(typed: str) -> None:
    one = visit(mark(1))
    one.chat.typed(typed)
    told = one.chat.context.session.take_output().decode()
    assert f"MARKREAD #general timestamp={NOON.format(3)}" in told.splitlines()
    if typed == "/quit":
        assert told.index("MARKREAD") < told.index("QUIT")


@pytest.mark.parametrize("lacking", ["capability", "account"])
def test_it_is_told_only_where_it_is_kept(lacking: str) -> None:
    capabilities = " ".join(WANTED.keys() - {READ_MARKER}) if lacking == "capability" else ALL
    one = visit(capabilities=capabilities)
    if lacking == "account":
        one.hear(":s 901 alice alice!a@h :You are logged out\n")
    one.types("/quit")
    assert sent(one) == []


def test_what_was_read_on_another_device_is_not_unread_here() -> None:
    one = visit()
    one.chat.typed("/query bob")
    for number in (4, 5, 6):
        one.hear(line(number))
    one.hear(line(7, room="#general", more="").replace("message", "alice: message"))
    (room,) = one.chat.display.buffers.unread()
    assert (room.unread, room.highlighted) == (4, True)
    one.hear(mark(5))
    assert (room.unread, room.highlighted) == (2, True)
    one.hear(mark(4))
    assert room.unread == 2
    one.shown()
    one.hear(mark(7))
    assert one.chat.display.buffers.unread() == []
    assert one.shown() == []


def test_the_marker_among_missed_lines_follows_the_other_device() -> None:
    one = visit()
    one.chat.typed("/set others count")
    one.chat.typed("/query bob")
    for number in (4, 5, 6):
        one.hear(line(number))
    one.hear(mark(5))
    one.shown()
    one.chat.typed("/switch general")
    shown = one.shown()
    assert [each for each in shown if "message" in each or "---" in each] == [
        f"[{time_of(NOON.format(4))}] <bob> message 4",
        f"[{time_of(NOON.format(5))}] <bob> message 5",
        "--- 1 unread ---",
        f"[{time_of(NOON.format(6))}] <bob> message 6",
        "--- you are up to date ---",
    ]


def test_a_refusal_is_nothing_for_people() -> None:
    one = visit()
    one.shown()
    one.hear(":s FAIL MARKREAD INTERNAL_ERROR #general :The read timestamp could not be set\n")
    assert one.shown() == []


def test_a_lost_connection_begins_anew() -> None:
    one = visit(mark(2))
    one.chat.lost("gone")
    assert one.chat.read_markers.upto("#general") is None
    assert one.chat.read_markers.due is None


def test_always_on_is_a_setting_of_the_account() -> None:
    one = visit()
    assert one.types("/set always-on on").endswith("PRIVMSG NickServ :SET ALWAYS-ON on")
    one.shown()
    one.hear(":NickServ!NickServ@s NOTICE alice :Always-on is on: you stay.\n")
    assert one.shown() == ["-- Always-on is on: you stay."]
    assert one.types("/set always-on").endswith("PRIVMSG NickServ :SET ALWAYS-ON")
