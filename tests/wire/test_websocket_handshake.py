"""The opening handshake (RFC 6455 section 4.2) and its subprotocols (IRCv3 websocket)."""

import pytest

from chatroom.wire.websocket import BINARY, TEXT
from chatroom.wire.websocket_handshake import NoWebSocket, shake_hands

REQUEST = {
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_the_example_of_the_specification() -> None:
    """Section 1.3. No extension is accepted, so none may be named."""
    handshake = shake_hands(
        "websocket", {**REQUEST, "sec-websocket-extensions": "permessage-deflate"}
    )
    assert handshake.headers == {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    }
    assert handshake.subprotocol == ""


@pytest.mark.parametrize(
    "wanted, chosen, opcode, accepted",
    [
        ("text.ircv3.net", "text.ircv3.net", TEXT, (TEXT,)),
        ("binary.ircv3.net", "binary.ircv3.net", BINARY, (BINARY,)),
        ("binary.ircv3.net, text.ircv3.net", "binary.ircv3.net", BINARY, (BINARY,)),
        ("text.ircv3.net,binary.ircv3.net", "text.ircv3.net", TEXT, (TEXT,)),
        ("mqtt, , text.ircv3.net", "text.ircv3.net", TEXT, (TEXT,)),
        ("mqtt", "", TEXT, (TEXT, BINARY)),
        ("", "", TEXT, (TEXT, BINARY)),
    ],
)
def test_the_clients_order_decides(
    wanted: str, chosen: str, opcode: int, accepted: tuple[int, ...]
) -> None:
    """ "The server MUST accept any subprotocol it supports, respecting the client's order of
    preference"; without one, the header is left out."""
    handshake = shake_hands("websocket", {**REQUEST, "sec-websocket-protocol": wanted})
    assert handshake.subprotocol == chosen
    assert handshake.headers.get("Sec-WebSocket-Protocol", "") == chosen
    assert (handshake.opcode, handshake.accepted) == (opcode, accepted)


@pytest.mark.parametrize(
    "name, value, status",
    [
        ("sec-websocket-version", "8", 426),
        ("sec-websocket-version", "", 426),
        ("sec-websocket-version", "13, 8", 426),
        ("sec-websocket-key", "", 400),
        ("sec-websocket-key", "c2hvcnQ=", 400),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ", 400),
        ("sec-websocket-key", "ä" * 24, 400),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==", 400),
    ],
)
def test_what_is_refused(name: str, value: str, status: int) -> None:
    """In words; 426 names the version that would do (section 4.4)."""
    with pytest.raises(NoWebSocket) as refused:
        shake_hands("websocket", {**REQUEST, name: value})
    assert str(refused.value)
    assert refused.value.status == status
    version = refused.value.headers.get("Sec-WebSocket-Version")
    assert version == ("13" if name == "sec-websocket-version" else None)


@pytest.mark.parametrize("upgrade", ["", "h2c"])
def test_another_protocol_is_refused(upgrade: str) -> None:
    """426 names the one that would do (RFC 9110 section 15.5.22)."""
    with pytest.raises(NoWebSocket) as refused:
        shake_hands(upgrade, REQUEST)
    assert refused.value.status == 426
    assert refused.value.headers == {"Connection": "Upgrade", "Upgrade": "websocket"}
