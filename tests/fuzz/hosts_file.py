"""hosts_port.csv, spoilt: rows that can be listened on, or faults that name their lines."""

import tempfile
from pathlib import Path
from random import Random

from chatroom.net.hosts import HostsError, read_hosts
from fuzzing.inputs import showing, spoilt

LINES = (b"host,port,name\n", b"127.0.0.1,8080\n", b"[::1],8081,six\r\n", b'"a.example", 1,"x"\n',
         b"unix:/run/chat.sock\n", b"# a comment\n", b"\n", b",,\n", b"\xef\xbb\xbfhost,port\n",
         b"192.0.2.7,65536\n", b"h\xc3\xb6st,1,2,3\n")  # fmt: skip
WORDS = (b",", b'"', b"\r", b"\n", b"\0", b"\xff", b"\xe2\x80\xa8", b"unix:", b":", b"[", b"99999")


def once(random: Random) -> None:
    """A file of a few rows."""
    text = b"".join(random.choices(LINES, k=random.randrange(8)))
    if random.random() < 0.8:
        text = spoilt(random, text, WORDS)
    with tempfile.NamedTemporaryFile(prefix="chatroom-hosts-") as file, showing(text):
        file.write(text)
        file.flush()
        try:
            rows = read_hosts(Path(file.name))
        except HostsError as error:
            assert all(line.startswith(file.name) for line in str(error).split("\n"))
            return
        for row in rows:
            assert row.line >= 1
            assert row.address.path or 0 <= row.address.port <= 65_535
