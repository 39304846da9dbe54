"""A room that gets another name (IRCv3 channel-rename) while we are in it, or were away."""

from chatroom.client.history.cursor import HistoryCursor

from .test_chat import enter, in_room


def test_a_renamed_room_stays_the_same_conversation() -> None:
    """Its lines, its number, what is typed there, and how far it was read."""
    visit = in_room("general", "games")
    chat = visit.chat
    said = "@msgid=1;time=2026-11-20T15:00:00.000Z :bob!b@h PRIVMSG #games :tea\n"
    visit.server(said + ":bob!b@h RENAME #games #Play :fits better\n")
    assert "-- bob renamed games to Play (fits better)." in visit.shown
    assert [each.name for each in chat.display.buffers.all] == ["#general", "#Play"]
    assert visit.types("hello").startswith("PRIVMSG #Play :hello")
    lines = [line.said.text for line in chat.display.buffers.all[1].kept]
    assert lines == ["tea", "hello"]
    cursor = chat.catch_up.markers.cursor("#play")
    assert cursor == HistoryCursor("1", "2026-11-20T15:00:00.000Z")
    visit.server(":alice!a@h PART #play\n")
    assert visit.chat.context.session.state.room("#play") is None


def test_in_front_of_a_conversation_that_was_left() -> None:
    """The room of that name that we are not in any more makes place."""
    visit = in_room("general", "games")
    visit.server(":bob!b@h KICK #games alice :out\n:bob!b@h RENAME #general #games :\n")
    assert [each.name for each in visit.chat.display.buffers.all] == ["#games"]
    assert visit.types("hi").startswith("PRIVMSG #games :hi")


def test_who_comes_back_under_the_old_name_follows() -> None:
    """FAIL JOIN CHANNEL_RENAMED, once: two names might lead to each other."""
    visit = in_room("general")
    visit.types("/join games")
    visit.server(":s FAIL JOIN CHANNEL_RENAMED #games #play :renamed\n")
    assert "JOIN #play\r\n" in visit.sent
    assert "-- games is called play now." in visit.shown
    visit.server(":s FAIL JOIN CHANNEL_RENAMED #play #games :renamed\n")
    assert "JOIN #games\r\n" in visit.sent
    visit.server(":s FAIL JOIN CHANNEL_RENAMED #games #play :renamed\n")
    assert "JOIN" not in visit.sent
    visit.server(enter("#play"))
    assert visit.chat.display.room == "#play"


def test_rooms_that_are_not_ours_and_names_that_are_none() -> None:
    visit = in_room("general")
    for line in ("#else #other", "#general bob", "#general", "#general :#a b"):
        visit.server(f":bob!b@h RENAME {line}\n")
    assert "renamed" not in visit.shown
    for line in ("#general #general", "#a bob", "#a", "#a :#a b"):
        visit.server(f":s FAIL JOIN CHANNEL_RENAMED {line} :why\n")
        assert "JOIN" not in visit.sent
    assert list(visit.chat.context.session.state.rooms) == ["#general"]


def test_the_command() -> None:
    visit = in_room("general")
    assert visit.types("/rename-room play why not") == ""
    assert "This server cannot rename rooms." in visit.shown
    visit.server(":s CAP * ACK :draft/channel-rename\n")
    assert visit.types("/rename-room play why not") == "RENAME #general #play :why not\r\n"
