"""The configuration, spoilt: a complete configuration, or faults that name their keys."""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random

from chatroom.net.addresses import Address
from chatroom.server.config.load import ConfigError, load
from chatroom.server.config.options import Options
from chatroom.server.config.schema import ALL_KEYS
from fuzzing.inputs import showing, spoilt

VALUES = (
    "0", "1", "-1", "7", "99999999999999999999", "1.5", "nan", "true", "false", '""', '"x"',
    '"two words"', '"a\\nb"', "[]", '["general"]', '["127.0.0.1:8080"]', '["10.0.0.0/8", "unix"]',
    '[1, "x", []]', "{}", '{general = ["ann"]}', '{general = ["*!*@h"], "#x" = [1]}', "1979-05-27",
    '"SCRAM-SHA-256$1:AAAA$AAAA:AAAA"', '{a = "b"}', "[[[[]]]]", '"\\u0000"', "''", '["é", "É"]',
)  # fmt: skip
ODD = ("[limits]\n", "[[rooms]]\n", "x = 1\n", "[server.name]\n", "a.b.c = 1\n", "= 1\n", "[",
       "\ufeff", "[limits]\nnick = 1\n")  # fmt: skip
WORDS = (b"=", b"[", b"]", b'"', b"'''", b"{", b"\n", b"\0", b"\xff", b"#", b".")


def once(random: Random) -> None:
    """A file with a few keys, of which some values and lines make no sense."""
    text = "".join(_sections(random, random.choices(sorted(ALL_KEYS), k=random.randrange(1, 12))))
    if random.random() < 0.3:
        text += random.choice(ODD)
    data = text.encode()
    if random.random() < 0.4:
        data = spoilt(random, data, WORDS)
    with tempfile.TemporaryDirectory(prefix="chatroom-config-") as directory, showing(data):
        _load(Path(directory), data)


def _sections(random: Random, keys: Sequence[str]) -> list[str]:
    """Each section once, as TOML wants it."""
    found: dict[str, dict[str, str]] = {}
    for key in keys:
        section, _, name = key.rpartition(".")
        found.setdefault(section, {})[name or key] = random.choice(VALUES)
    return [
        f"[{section}]\n" + "".join(f"{name} = {value}\n" for name, value in pairs.items())
        for section, pairs in found.items()
        if section
    ]


def _load(directory: Path, data: bytes) -> None:
    file = directory / "chatroom.toml"
    file.write_bytes(data)
    file.chmod(0o600)
    try:
        config = load(Options(config=file, data=directory, listen=(Address("127.0.0.1", 0),)))
    except ConfigError as error:
        assert error.faults
        assert all(_names_its_place(file, fault) for fault in error.faults)
        return
    assert config.file == file
    assert config.limits.nickname > 0


def _names_its_place(file: Path, fault: str) -> bool:
    """One line, of the file, or of a key where it follows from several."""
    return "\n" not in fault and (fault.startswith(str(file)) or fault.split(":")[0] in ALL_KEYS)
