"""What others see instead of the address of somebody who hides it (user mode x).

    192.0.2.7  ->  k3v9q2xw7ra5.h2m8d4tz6bnc.hidden

The first part follows from the address, the second from its network, so that a ban may fit either,
as with addresses. Nobody can find the address by trying all of them, because a secret key goes into
both. The same address has the same cloak for as long as the server has the same key.
"""

import hashlib
from base64 import b32encode
from collections.abc import Callable

HIDDEN = ".hidden"
"""The end of each cloak."""

_LETTERS = 12
"""Of each part: 60 bits."""


def cloaks(key: bytes, network_of: Callable[[str], str]) -> Callable[[str], str]:
    """Returns the function from an address to its cloak. `key` has at most 64 bytes."""

    def part(text: str) -> str:
        digest = hashlib.blake2b(text.encode(), digest_size=16, key=key).digest()
        return b32encode(digest).decode().lower()[:_LETTERS]

    return lambda host: f"{part(host)}.{part('network ' + network_of(host))}{HIDDEN}"
