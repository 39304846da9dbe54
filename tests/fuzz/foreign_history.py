"""The histories of other programs, spoilt: faults with their lines, and only valid entries."""

from random import Random

from fuzzing.inputs import showing, spoilt
from store.foreign.exports import Memory, faults, read
from store.foreign.test_ergo import item
from store.foreign.test_logs import IRSSI, WEECHAT, ZNC
from store.foreign.test_mattermost import CHANNEL, VERSION, lines, post
from store.foreign.test_slack import export, said

_REPLY = post("yes", 17, "ann", reactions=[{"user": "bob", "create_at": 1, "emoji_name": "x"}])
EXPORTS: dict[str, dict[str, str | bytes]] = {
    "irssi": {"libera/#den.log": IRSSI},
    "weechat": {"irc.libera.#den.weechatlog": WEECHAT},
    "znc": {"libera/#den/2026-11-20.log": ZNC},
    "ergo": {"export.json": item() + item("", message={"Split": [{"Message": "a"}]})},
    "mattermost": {"import.jsonl": lines(VERSION, CHANNEL, ("post", post("hi", replies=[_REPLY])))},
    "slack": export(
        said(16, "hello <@U2> &amp; <#C1|x>", reactions=[{"name": "+1", "users": ["U2"]}]),
        said(17, "an answer", "U2", thread_ts=said(16)["ts"], files=[{"name": "a"}]),
    ),
}
WORDS = (
    b"{", b"}", b'"', b"[", b"]", b",", b":", b"null", b"\\u0000", b"\\ud800", b"\xff", b"\n",
    b"\t", b"1e999", b"-1", b"<", b">", b"|", b"--- ", b"-!- ", b"*** ", b"#", b"\x01",
    b"\xe2\x80\xa8",
)  # fmt: skip


def once(random: Random) -> None:
    """An export, of which one file is spoilt, read twice."""
    format = random.choice(sorted(EXPORTS))
    files = dict(EXPORTS[format])
    name = random.choice(sorted(files))
    files[name] = spoilt(random, Memory(files).read(name), WORDS)
    with showing(Memory(files).read(name)):
        entries, reading = read(format, files)
        again, _ = read(format, files)
        assert entries == again
        assert all(fault.startswith((name, ": ")) for fault in faults(reading))
