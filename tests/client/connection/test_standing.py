"""How we stood with a server, and stand again: nickname, rooms with keys, being away. Sans I/O."""

from chatroom.client.connection.standing import Standing
from chatroom.client.protocol.events import Event
from chatroom.client.protocol.session import Session


def registered(nick: str = "bot") -> Session:
    session = Session("bot", "Bot")
    session.open()
    session.register(nick)
    session.receive(f":s CAP * LS :\n:s 001 {nick} :Hi\n:s 422 {nick} :none\n".encode())
    session.take_output()
    return session


def hear(standing: Standing, session: Session, text: str) -> list[Event]:
    heard = session.receive(text.encode())
    for event in heard:
        standing.heard(event)
    return heard


def standing_in(*rooms: str) -> tuple[Standing, Session]:
    session = registered()
    standing = Standing(session)
    session.sending = standing.sent
    for room in rooms:
        hear(standing, session, f":bot!b@h JOIN {room}\n:s 353 bot = {room} :bot\n")
        hear(standing, session, f":s 366 bot {room} :End\n")
    return standing, session


def returned(standing: Standing, nick: str = "bot") -> Session:
    standing.lost()
    session = registered(nick)
    session.sending = standing.sent
    standing.attach(session)
    return session


def test_rooms_with_their_keys() -> None:
    """A key that was typed, and one that was set meanwhile, are both known."""
    standing, session = standing_in("#one", "#two")
    session.send("JOIN", "#one", "sesame")
    hear(standing, session, ":alice!a@h MODE #two +k poppy\n")
    again = returned(standing)
    standing.enter(standing.rooms)
    assert again.take_output() == b"JOIN #one sesame\r\nJOIN #two poppy\r\n"


def test_being_away() -> None:
    standing, session = standing_in()
    session.send("AWAY", "at lunch")
    again = returned(standing)
    standing.be_away_again()
    assert again.take_output() == b"AWAY :at lunch\r\n"


def test_the_nickname_is_taken_back_when_it_is_free() -> None:
    """Whoever has it quits; before we are back everywhere, nothing is asked for."""
    standing, _ = standing_in("#one")
    again = returned(standing, "bot1")
    standing.wanted = standing.nick
    again.receive(b":bot1!b@h JOIN #one\n:s 353 bot1 = #one :bot bot1\n:s 366 bot1 #one :End\n")
    hear(standing, again, ":bot!b@h QUIT :gone\n")
    assert again.take_output() == b""
    standing.arrived()
    assert again.take_output() == b"NICK bot\r\n"
    (refused,) = hear(standing, again, ":s 433 bot1 bot :Nickname is already in use\n")
    assert standing.is_own_doing(refused)
    hear(standing, again, ":bot1!b@h NICK bot\n")
    assert standing.wanted == ""


def test_lost_again_before_we_were_back() -> None:
    """What is to be had again is what was had last."""
    standing, _ = standing_in("#one")
    returned(standing, "bot1")
    standing.wanted = standing.nick
    returned(standing, "bot2")
    assert (standing.nick, standing.rooms) == ("bot", ["#one"])


def test_a_server_that_will_not_have_us_back() -> None:
    standing, session = standing_in()
    hear(standing, session, "ERROR :Closing Link: bot (K-Lined)\n")
    assert standing.final
