"""Lines as they are on the wire, byte by byte: what programs that parse IRC by hand rely on."""

from harness import Server, fresh


def test_where_programs_look_for_a_colon(server: Server) -> None:
    """ii, sic and bots from tutorials find the last parameter of JOIN and NICK behind ` :`."""
    room, nick = fresh("#room"), fresh("rob")
    alice, bob = server.join(fresh("alice")), server.join(fresh("bob"))
    source = f":{bob.nick}!~{bob.nick}@127.0.0.1"
    alice.ask(f"JOIN {room}")
    bob.send(f"JOIN {room}", f"NICK {nick}", "PING token", "PING :two words")
    renamed = source.replace(f":{bob.nick}", f":{nick}")
    bob.send(f"PART {room}", "PING token")
    alice.read_until("PART")
    bob.read_until("PART")
    for client in (alice, bob):
        assert f"{source} JOIN :{room}" in client.seen
        assert f"{source} NICK :{nick}" in client.seen
        assert f"{renamed} PART {room}" in client.seen
    assert ":chatroom.local PONG chatroom.local :token" in bob.seen
    assert ":chatroom.local PONG chatroom.local :two words" in bob.seen
