"""The way in, the commands and the way out, without a terminal and without a socket."""

import io

import pytest

from chatroom.client.protocol.session import Session
from chatroom.client.terminal.plain_screen import PlainScreen
from chatroom.client.ui import arrival
from chatroom.client.ui.chat import Chat
from chatroom.client.ui.commands.help import GROUPS, OPERATOR
from chatroom.client.ui.commands.table import COMMANDS
from chatroom.client.ui.stage import StartOptions

WELCOME = ":s 001 alice :Hi\n:s 005 alice CASEMAPPING=ascii CHANTYPES=# :are\n:s 422 alice :none\n"


def enter(room: str) -> str:
    """What a server says to one who joins."""
    return f":alice!a@h JOIN {room}\n:s 353 alice = {room} :alice bob\n:s 366 alice {room} :End\n"


class Visit:
    """A chat with what was shown and sent."""

    def __init__(self, *rooms: str, nick: str = "alice", person: bool = True) -> None:
        self.out = io.StringIO()
        wishes = StartOptions((nick,) if nick else (), rooms, person)
        self.chat = Chat(Session("al", "Al"), PlainScreen(self.out), wishes)
        self.chat.start()

    def server(self, text: str) -> None:
        """The server says this, and answers every PING."""
        self.hear(text)
        self.settle()

    def hear(self, text: str) -> None:
        """The server says this, and answers nothing."""
        for event in self.chat.context.session.receive(text.encode()):
            self.chat.event(event)

    def settle(self) -> None:
        self.sent = ""
        while output := self.chat.context.session.take_output().decode():
            self.sent += output
            for line in output.splitlines():
                if line.startswith("PING "):
                    self.hear(f":s PONG s {line.removeprefix('PING ')}\n")

    def types(self, text: str) -> str:
        """What is sent for it."""
        self.chat.typed(text)
        self.settle()
        return self.sent

    @property
    def shown(self) -> str:
        return self.out.getvalue()


def in_room(*rooms: str) -> Visit:
    visit = Visit(*(rooms or ("general",)))
    visit.server(WELCOME + "".join(enter(f"#{room}") for room in rooms or ("general",)))
    return visit


def test_the_questions_in_order() -> None:
    """Nickname, then the rooms with their counts, then the room."""
    visit = Visit(nick="")
    assert visit.shown == arrival.ASK_NICK
    assert "NICK alice\r\n" in visit.types("alice")
    visit.hear(WELCOME)
    visit.server(":s 322 alice #general 3 :\n:s 323 alice :End\n")
    assert visit.shown.endswith("Rooms: general (3)\n" + arrival.ASK_ROOM)
    visit.chat.typed("")
    assert visit.chat.context.session.take_output() == b"JOIN #general\r\nPING :chatroom-2\r\n"


def test_whoever_is_always_on_is_in_their_rooms_at_once() -> None:
    """The server says where they are when it lets them in; they are not asked for a room."""
    visit = Visit()
    visit.hear(WELCOME + enter("#den") + enter("#general"))
    visit.server(":s 322 alice #general 3 :\n:s 323 alice :End\n")
    assert "Welcome to room den!" in visit.shown
    assert "Rooms:" not in visit.shown
    assert arrival.ASK_ROOM not in visit.shown
    assert "PRIVMSG #den :hello" in visit.types("hello")


@pytest.mark.parametrize("word", ["exit", "/quit", "/exit", "Exit", "/Q", "/bye"])
def test_one_may_leave_at_every_question(word: str) -> None:
    """They are no nicknames."""
    visit = Visit(nick="")
    assert visit.types(word).endswith("QUIT\r\n")


SENT = [
    ("hello", "PRIVMSG #general :hello"),
    ("//hello you", "PRIVMSG #general :/hello you"),
    ("/me waves", "PRIVMSG #general :\x01ACTION waves\x01"),
    ("/msg bob a  b ", "PRIVMSG bob :a  b"),
    ("/JOIN games key", "JOIN #games key"),
    ("/join #games", "JOIN #games"),
    ("/join tea,#games,cake key", "JOIN #tea,#games,#cake key"),
    ("/join tea, ", "JOIN #tea"),
    ("/leave so long", "PART #general :so long"),
    ("/part", "PART #general"),
    ("/rooms", "LIST"),
    ("/who", "WHO #general"),
    ("/who games", "WHO #games"),
    ("/nick alicia", "NICK alicia"),
    ("/topic", "TOPIC #general"),
    ("/topic Tea and cake", "TOPIC #general :Tea and cake"),
    ("/away", "AWAY"),
    ("/setname Al of the Hill", "SETNAME :Al of the Hill"),
    ("/away at lunch", "AWAY :at lunch"),
    ("/whois bob", "WHOIS bob"),
    ("/kick bob go away", "KICK #general bob :go away"),
    ("/invite bob", "INVITE bob #general"),
    ("/invite bob games", "INVITE bob #games"),
    ("/knock games", "KNOCK #games"),
    ("/knock games let me in", "KNOCK #games :let me in"),
    ("/raw mode #general +m", "MODE #general +m"),
    ("/quit bye all", "QUIT :bye all"),
    ("exit", "QUIT"),
    ("EXIT", "QUIT"),
    ("/q", "QUIT"),
    ("/bye", "QUIT"),
]


@pytest.mark.parametrize(("typed", "sent"), SENT)
def test_each_command_is_sent_as_irc(typed: str, sent: str) -> None:
    """What goes to the server for each line."""
    assert in_room().types(typed).splitlines()[0] == sent


@pytest.mark.parametrize("name", [row.name for row in COMMANDS.values() if row.needs])
def test_missing_arguments(name: str) -> None:
    """The usage is told, nothing is sent."""
    visit = in_room()
    assert visit.types(f"/{name}") == ""
    assert f"Usage: /{name} {COMMANDS[name].usage}" in visit.shown


def test_help_fits_a_small_window() -> None:
    """The names of all commands in groups, each in a row; a group; one command with examples."""
    names = [name for group in GROUPS.values() for name in group]
    assert sorted([*names, "help"]) == sorted(COMMANDS)
    overview = shown_for("/help").split("\n")
    assert len(overview) < 10
    assert max(map(len, overview)) < 41
    for group, inside in GROUPS.items():
        first = [row.split()[0] for row in shown_for(f"/help {group}").split("\n")]
        assert first[: len(inside)] == [f"/{name}" for name in inside]
    whole = shown_for("/help all")
    assert all(f"/{name}" in whole for name in COMMANDS if name not in GROUPS[OPERATOR])
    assert "//TEXT" in whole
    search = shown_for("/help /search")
    assert search.startswith("/search WORDS|more  finds words")
    assert '  /search "the tea" from:bob ' in search
    assert shown_for("/help who") == "/who [ROOM]  lists the people in a room"


def shown_for(typed: str) -> str:
    """What a command shows."""
    visit = in_room()
    before = len(visit.shown)
    visit.types(typed)
    return visit.shown[before:].removesuffix("\n")


@pytest.mark.parametrize("command", ["hello", "/me waves", "/leave", "/who", "/topic", "/kick bob"])
def test_in_no_room(command: str) -> None:
    """One is told what to do."""
    visit = in_room()
    visit.types("/leave")
    visit.server(":alice!a@h PART #general\n")
    assert visit.types(command) == ""
    assert visit.shown.endswith("-- You are not in a room. Type /join ROOM.\n")


def test_leaving_goes_back_to_another_room() -> None:
    """And /join of a room that one is in only goes there."""
    visit = in_room("one", "two")
    assert visit.types("hi").startswith("PRIVMSG #two")
    assert visit.types("/join ONE") == ""
    assert visit.types("hi").startswith("PRIVMSG #one")
    visit.types("/leave")
    visit.server(":alice!a@h PART #one\n")
    assert visit.shown.endswith("-- You left one.\n-- You are in two now.\n")
    assert visit.types("hi").startswith("PRIVMSG #two")


def test_what_is_too_long_is_told() -> None:
    """Nothing is cut in silence."""
    visit = in_room()
    assert visit.types("/topic " + "x" * 600) == ""
    assert visit.types("/msg " + "x" * 600 + " hi") == ""
    assert "-- That line is too long to send.\n" in visit.shown
    assert "-- That name is too long.\n" in visit.shown


def test_goodbye_waits_for_what_was_said() -> None:
    """QUIT goes out only when the server has answered the PING behind the last line."""
    visit = Visit("general", person=False)
    visit.server(WELCOME + enter("#general"))
    visit.chat.typed("hi")
    visit.chat.ended()
    output = visit.chat.context.session.take_output()
    assert output == b"PRIVMSG #general :hi\r\nPING :chatroom-2\r\n"
    visit.hear(":s PONG s chatroom-2\n")
    assert visit.chat.context.session.take_output() == b"QUIT\r\n"
    visit.chat.lost("the server closed it")
    assert visit.chat.exit_status == 0


def test_lost_before_everything_was_delivered() -> None:
    """That is a failure, with the server's last words where it had any."""
    visit = Visit("general", person=False)
    visit.server(WELCOME + enter("#general"))
    visit.chat.typed("hi")
    visit.chat.ended()
    visit.hear("ERROR :Closing link: too slow\n")
    visit.chat.lost("the server closed it")
    assert visit.chat.exit_status == 1
    assert visit.shown.endswith("The connection is lost: Closing link: too slow\n")


def test_the_second_ctrl_c_does_not_wait() -> None:
    """The first says goodbye."""
    visit = in_room()
    visit.chat.interrupted(130)
    assert visit.chat.context.session.take_output() == b"QUIT\r\n"
    assert visit.chat.exit_status is None
    visit.chat.interrupted(130)
    assert visit.chat.exit_status == 130


def test_leaving_a_room_by_its_name() -> None:
    """The first word names a room, if one is in it; else it belongs to the reason."""
    visit = in_room("general", "games")
    assert "PART #general :off home" in visit.types("/leave general off home")
    assert "PART #games :gone for good" in visit.types("/leave gone for good")


def test_leaving_several_rooms() -> None:
    """If one is in all of them; else the words are the reason."""
    visit = in_room("general", "games")
    assert "PART #general,#games :off\r\n" in visit.types("/leave general,games off")
    assert "PART #games :general,tea\r\n" in visit.types("/leave general,tea")


def test_several_rooms_at_the_start() -> None:
    """In one answer, or one --room."""
    visit = Visit("tea,games")
    visit.server(WELCOME)
    assert "JOIN #tea,#games\r\n" in visit.sent


def test_a_pipe_that_joins_several_rooms_talks_in_the_last() -> None:
    """As it would have joined them one by one."""
    visit = Visit("general", person=False)
    visit.server(WELCOME + enter("#general"))
    visit.types("/join tea,games")
    assert visit.chat.display.here == "#games"
    visit.server(enter("#tea") + enter("#games"))
    assert "PRIVMSG #games :hi\r\n" in visit.types("hi")
