"""msgids over the life of a message (IRCv3 message-ids)."""

from harness import Server

CAPS = "batch server-time message-tags echo-message draft/chathistory"
CONFIG = "[limits]\nflood_rate = 0\n"


def test_one_msgid_for_live_message_echo_and_history(server: Server) -> None:
    """message-ids, "Tag value": unique, and reused where the message is sent again as it is."""
    with server.join("gina", "#ids", caps=CAPS) as gina, server.join("hal", "#ids", caps=CAPS) as h:
        h.ask()
        gina.ask()
        echoes = gina.ask(
            "PRIVMSG #ids :one", "NOTICE #ids :two", "@+x/y=z\\s1 PRIVMSG #ids :three",
            "PRIVMSG hal :four",
        )  # fmt: skip
        live = h.ask()
        assert [m.params[1] for m in live] == ["one", "two", "three", "four"]
        assert live == echoes
        assert echoes[2].tags["+x/y"] == "z 1"
        assert len({m.tags["msgid"] for m in live}) == 4
        assert not [m for m in live if set(m.tags["msgid"]) & set(": ")]
        _, *kept, _ = gina.ask("CHATHISTORY LATEST #ids * 9")
        without = [
            m._replace(tags={key: m.tags[key] for key in m.tags if key != "batch"}) for m in kept
        ]
        assert without == echoes[:3]
        gina.send("QUIT").end()
        h.send("QUIT").end()
