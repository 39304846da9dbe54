"""Joins, leaves and the like in the history (IRCv3 draft/event-playback), and bots (bot-mode)."""

import pytest

from chatroom.wire.message import Message
from harness import Client, Server

CAPS = "batch server-time message-tags echo-message draft/chathistory"
WITH_EVENTS = f"{CAPS} draft/event-playback"


def bye(*clients: Client) -> None:
    """Each has left the server."""
    for client in clients:
        client.send("QUIT").end()


def history(client: Client, room: str) -> list[Message]:
    """All that the client is shown of it."""
    client.ask()
    return client.ask(f"CHATHISTORY LATEST {room} * 100")[1:-1]


def plain(messages: list[Message]) -> list[Message]:
    """Without the tags that differ between a live message and its playback."""
    return [m._replace(tags={k: v for k, v in m.tags.items() if k != "batch"}) for m in messages]


@pytest.fixture(scope="module")
def witness(server: Server) -> tuple[Client, list[Message]]:
    """Wendy, who sees everything that happens in #hall, and all of that."""
    wendy = server.join("wendy", "#hall", caps=WITH_EVENTS)
    live = wendy.ask("TOPIC #hall :chairs", "MODE #hall +v-t wendy")
    xavier = server.join("xavier", "#hall", caps=CAPS)
    xavier.ask("PRIVMSG #hall :hi", "@+draft/react=x TAGMSG #hall", "@+typing=active TAGMSG #hall")
    live += wendy.ask("PRIVMSG #hall :\x01ACTION nods\x01")
    xavier.ask("NICK xaver", "PART #hall :for tea", "JOIN #hall")
    live += wendy.ask("KICK #hall xaver :no tea")
    bye(server.join("yves", "#hall"), xavier)
    yves = server.join("yves", "#hall")
    yves.send("QUIT :home").end()
    live += wendy.ask()
    return wendy, live


def shown(messages: list[Message]) -> list[str]:
    """Who did what."""
    return [" ".join((m.nick, m.command, *m.params)) for m in messages]


EVENTS = [
    "wendy JOIN #hall",
    "wendy TOPIC #hall chairs",
    "wendy MODE #hall +v-t wendy",
    "xavier JOIN #hall",
    "xavier PRIVMSG #hall hi",
    "xavier TAGMSG #hall",
    "wendy PRIVMSG #hall \x01ACTION nods\x01",
    "xavier NICK xaver",
    "xaver PART #hall for tea",
    "xaver JOIN #hall",
    "wendy KICK #hall xaver no tea",
    "yves JOIN #hall",
    "yves QUIT Quit: ",
    "yves JOIN #hall",
    "yves QUIT Quit: home",
]
SAID = [line for line in EVENTS if line.split()[1] == "PRIVMSG"]


def test_everything_for_those_who_want_it(witness: tuple[Client, list[Message]]) -> None:
    """chathistory, "CHATHISTORY Command": with event-playback additional lines SHOULD be sent."""
    wendy, _ = witness
    assert shown(history(wendy, "#hall"))[: len(EVENTS)] == EVENTS


def test_events_are_as_they_were_live(witness: tuple[Client, list[Message]]) -> None:
    """chathistory, "Returned message notes": the time and msgid as originally sent."""
    wendy, live = witness
    kept = plain(history(wendy, "#hall"))
    for was in live:
        if was.command in ("QUIT", "NICK"):  # one line for several rooms, which has no msgid
            assert "msgid" not in was.tags
            assert (was[:3], was.tags["time"]) in [(m[:3], m.tags["time"]) for m in kept]
        elif was.params[0] == "#hall" and "+typing" not in was.tags:
            assert was in kept
    named = [m.tags["msgid"] for m in kept if m.command not in ("QUIT", "NICK")]
    assert len(set(named)) == len(named)
    assert not any("msgid" in m.tags for m in kept if m.command in ("QUIT", "NICK"))


@pytest.mark.usefixtures("witness")
def test_only_what_was_said_for_the_others(server: Server) -> None:
    """chathistory, "CHATHISTORY Command": without event-playback no lines other than PRIVMSG and
    NOTICE; the limit counts those."""
    with server.join("zoe", "#hall", caps=CAPS) as zoe:
        assert shown(history(zoe, "#hall")) == SAID
        assert shown(zoe.ask("CHATHISTORY LATEST #hall * 2")[1:-1]) == SAID
        bye(zoe)


@pytest.mark.usefixtures("witness")
def test_no_tagmsg_without_message_tags(server: Server) -> None:
    """message-tags, "TAGMSG": it is not for clients without; and it takes no place in a page."""
    with server.join("zoe", "#hall", caps="batch draft/event-playback") as zoe:
        commands = [m.command for m in history(zoe, "#hall")]
        assert "PRIVMSG" in commands
        assert "TAGMSG" not in commands
        assert len(zoe.ask(f"CHATHISTORY LATEST #hall * {len(commands)}")) == len(commands) + 2
        bye(zoe)


def test_events_have_a_place_among_messages(witness: tuple[Client, list[Message]]) -> None:
    """chathistory, "BEFORE", "AFTER": an event's msgid is a reference as any other."""
    wendy, _ = witness
    topic = history(wendy, "#hall")[1]
    around = wendy.ask(f"CHATHISTORY AROUND #hall msgid={topic.tags['msgid']} 3")[1:-1]
    assert shown(around) == EVENTS[:3]


# Bots


def test_bot_mode(server: Server) -> None:
    """bot-mode, "The BOT ISUPPORT token", "RPL_WHOISBOT", "The WHO bot flag"."""
    with server.join("robo", "#bots", caps=CAPS) as robo, server.join("ann", "#bots") as ann:
        assert "BOT=B" in " ".join(robo.seen)
        ann.ask()
        assert "335" not in [m.command for m in ann.ask("WHOIS robo")]
        (change,) = [m for m in robo.ask("MODE robo +B") if m.command == "MODE"]
        assert change.params == ("robo", "+B")
        assert robo.ask("MODE robo")[0].params == ("robo", "+B")
        (said,) = [m for m in ann.ask("WHOIS robo") if m.command == "335"]
        assert said.params[:2] == ("ann", "robo")
        flags = {m.params[5]: m.params[6] for m in ann.ask("WHO #bots") if m.command == "352"}
        assert flags == {"robo": "HB@", "ann": "H"}
        robo.ask("AWAY :out", "MODE robo -B")
        flags = {m.params[5]: m.params[6] for m in ann.ask("WHO #bots") if m.command == "352"}
        assert flags == {"robo": "G@", "ann": "H"}
        assert "335" not in [m.command for m in ann.ask("WHOIS robo")]
        bye(robo, ann)


def test_the_bot_tag(server: Server) -> None:
    """bot-mode, "The bot tag": on all that a bot sends, for those with message-tags, without a
    value; and in the history too."""
    with (
        server.join("robo", "#tag", caps=CAPS) as robo,
        server.join("ann", "#tag", caps=WITH_EVENTS) as ann,
        server.join("bea", "#tag", caps="server-time") as bea,
    ):
        commands = "PRIVMSG #tag :a", "NOTICE #tag :b", "TOPIC #tag :c", "MODE #tag +m", "NICK rob"
        robo.ask("MODE robo +B", *commands, "PRIVMSG ann :d", "PART #tag", "JOIN #tag")
        robo.send("QUIT").end()
        ann.read_until("QUIT")
        live = [line for line in ann.seen if line.startswith("@") and "bot" in line.split(" ")[0]]
        assert [line.split()[2] for line in live] == [
            *("PRIVMSG", "NOTICE", "TOPIC", "MODE", "NICK", "PRIVMSG", "PART", "JOIN", "QUIT")
        ]
        assert not [line for line in live if "bot" not in line.split(" ")[0][1:].split(";")]
        bea.read_until("QUIT")
        assert not [line for line in bea.seen if "bot" in line.split(" ")[0]]
        kept = history(ann, "#tag")
        assert [m.command for m in kept if "bot" in m.tags] == [
            *("PRIVMSG", "NOTICE", "TOPIC", "MODE", "NICK", "PART", "JOIN", "QUIT")
        ]
        bye(ann, bea)
