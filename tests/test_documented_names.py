"""What the pages name exists: keys of the configuration, addresses of HTTP, metrics, environment
variables, signals, flags and settings of the client.

Examples of configuration are read as the programs read their files.
"""

import re
import signal
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chatroom.client.config.profiles import read_config
from chatroom.client.config.settings import SETTINGS
from chatroom.server.config.schema import ALL_KEYS, structure
from chatroom.server.config.variables import CONFIG_VARIABLE, variable_of
from chatroom.server.monitoring.metrics import METRICS
from chatroom.server.web.response import Response
from chatroom.server.web.routes import find
from command_lines import client_lines, server_lines
from test_documents import NAMING, ROOT

SECTIONS = {key.partition(".")[0] for key in ALL_KEYS if "." in key}
FILES = {"changes", "css", "db", "journal", "js", "log", "md", "py", "socket", "taken", "url_for"}
"""What is behind the dot in names of files: `history.db` is no key."""

FOR_DEVELOPERS = ("DEVELOPING.md", "performance.md", "reliability.md")
"""These have flags of scripts/ and of pytest, too."""

_QUOTED = re.compile(r"`([^`\n]+)`")
_KEY = re.compile(r"([a-z]+)\.([a-z_]+)(?: = (.+))?")
_HEADER = re.compile(r"^\[(\w+)(?:\.\w+)*\]", re.MULTILINE)
_ADDRESS = re.compile(r"\b(GET|HEAD|POST|PUT|DELETE|OPTIONS) (/[^\s`,:\"]*)")
_CURL = re.compile(r"""\bcurl .*https?://[\w.]+:8080(/[^"\s]*)""")
_METRIC = re.compile(r"\bchatroom_(?!server\b|client\b)[a-z_]+")
_PLACEHOLDER = re.compile(r'"HASH"|"SCRAM-SHA-256\$\d+:\.\.\."')
_FLAG = re.compile(r"--[a-z][a-z-]*")


HASH = "SCRAM-SHA-256$1:AAAAAAAAAAAAAAAAAAAAAA==${0}:{0}".format("A" * 43 + "=")


def examples(page: str) -> Iterator[str]:
    """The indented examples of a page, without their indentation."""
    for block in re.findall(r"(?:^(?: {4,}.*)?\n)+", page, re.MULTILINE):
        lines = block.strip("\n").splitlines()
        width = min((len(line) - len(line.lstrip()) for line in lines if line), default=0)
        yield "\n".join(line[width:] for line in lines)


def is_configuration(example: str) -> bool:
    """Whether it is for one of our files: it has a table of theirs, or sets a key of theirs."""
    headers = set(_HEADER.findall(example))
    first = example.partition(" = ")[0]
    return bool(headers & (SECTIONS | {"profiles", "settings"})) or first in ALL_KEYS


def all_of(pattern: re.Pattern[str], page: Path) -> list[str]:
    """The first group of each match, or else the match."""
    found = pattern.finditer(page.read_text(encoding="utf-8"))
    return [each[1] if pattern.groups else each[0] for each in found]


def faults(said: dict[str, Any]) -> list[str]:
    """What the server says of these keys."""
    return [f"{key}: {message}" for key, message in structure(said)[1]]


def text_of(file: Path) -> str:
    """A page, or the comments of a file of deploy/."""
    text = file.read_text(encoding="utf-8")
    return text if file.suffix == ".md" else "".join(re.findall("^#(.*\n)", text, re.MULTILINE))


DEPLOYED = [file for file in sorted((ROOT / "deploy").rglob("*")) if file.is_file()]
CONFIGURATIONS = [
    pytest.param(example, id=f"{file.name}-{number}")
    for file in (*NAMING, *DEPLOYED)
    for number, example in enumerate(examples(text_of(file)))
    if is_configuration(example)
]


@pytest.mark.parametrize("example", CONFIGURATIONS)
def test_examples_of_configuration(tmp_path: Path, example: str) -> None:
    """HASH and the like stand for values that only somebody's own machine has."""
    said = tomllib.loads(_PLACEHOLDER.sub(f'"{HASH}"', example))
    if said.keys() & {"profiles", "settings"}:
        (tmp_path / "client.toml").write_text(example, encoding="utf-8")
        assert read_config(tmp_path / "client.toml").settings.keys() <= SETTINGS.keys()
    else:
        assert faults(said) == []


def test_that_the_examples_are_found() -> None:
    """At least those of the pages that are about nothing else."""
    pages = {str(each.id).partition("-")[0] for each in CONFIGURATIONS}
    assert {"client.md", "files.md", "monitoring.md", "server.md", "web.md", "Caddyfile"} <= pages
    assert not is_configuration("[Service]\nExecStart=")


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_keys_of_the_configuration(page: Path) -> None:
    """`limits.joins`, and with a value: `tls.required = "always"`."""
    wrong = []
    for quoted in all_of(_QUOTED, page):
        match = _KEY.fullmatch(quoted)
        if match and match[1] in SECTIONS and match[2] not in FILES:
            if f"{match[1]}.{match[2]}" not in ALL_KEYS:
                wrong.append(quoted)
            elif match[3]:
                wrong += faults(tomllib.loads(quoted))
    assert wrong == []


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_addresses_of_http(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = [found.groups() for found in _ADDRESS.finditer(text)]
    curled = [found[1] for found in _CURL.finditer(text)]  # `curl -T FILE .../` adds the name
    named += [("GET", f"{path}NAME" if path.endswith("/") else path) for path in curled]
    wrong = []
    for method, address in named:
        path = address.partition("?")[0]
        found = find(method, tuple(path[1:].split("/")) if path != "/" else ())
        if isinstance(found, Response) and (found.status == 404 or method != "GET"):
            wrong.append(f"{method} {address}")
    assert wrong == []


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_metrics(page: Path) -> None:
    known = {metric.name for metric in METRICS}
    named = {re.sub("_(bucket|count|sum)$", "", each) for each in all_of(_METRIC, page)}
    assert named - known == set()


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_environment_variables(page: Path) -> None:
    known = {CONFIG_VARIABLE, *map(variable_of, ALL_KEYS), *map(variable_of, SECTIONS)}
    ours = set(all_of(re.compile(r"\bCHATROOM_[A-Z_]+\b"), page)) - {"CHATROOM_GAMJA"}
    source = "".join(path.read_text() for path in (ROOT / "lib").rglob("*.py"))
    others = set(all_of(re.compile(r"\$([A-Z]+(?:_[A-Z]+)+)\b"), page))
    assert ours <= known
    assert [name for name in others - known if f'"{name}"' not in source] == []


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_signals(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = {f"SIG{each}" for each in re.findall(r"(?:\bSIG|\b(?=USR))([A-Z]+\d?)\b", text)}
    assert [name for name in sorted(named) if not hasattr(signal, name)] == []


@pytest.mark.parametrize("page", [page for page in NAMING if page.name not in FOR_DEVELOPERS])
def test_flags(page: Path) -> None:
    """Of the server, the client, and their tools."""
    known = {
        flag for flags in [*client_lines().values(), *server_lines().values()] for flag in flags
    }
    others = {"--format", "--network", "--record"}  # of podman, and of `make demo`
    named = {found[0] for each in all_of(_QUOTED, page) if (found := _FLAG.match(each))}
    assert named - others - known == set()


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.name)
def test_settings_of_the_client(page: Path) -> None:
    """Those of the account and of the plain door are set by the same command."""
    named = set(all_of(re.compile(r"/set ([a-z][a-z-]*)"), page))
    assert named - SETTINGS.keys() - {"always-on"} == set()


def test_the_page_of_the_server_has_all_of_its_tools() -> None:
    """Each in a line of its synopsis, with flags that it has."""
    page = (ROOT / "docs" / "server.md").read_text(encoding="utf-8")
    tool = re.compile(r"^    chatroom_server\.py(?: \[.*?\])*? ([a-z][a-z-]*)(.*)$", re.MULTILINE)
    listed = {found[1]: set(_FLAG.findall(found[2])) for found in tool.finditer(page)}
    known = server_lines()
    assert listed.keys() == {words[0] for words in known if words}
    assert {name for name, flags in listed.items() if not flags <= {*known[name,]}} == set()


@pytest.mark.parametrize(
    ("page", "flags"), [("client.md", client_lines()[()]), ("server.md", server_lines()[()])]
)
def test_a_synopsis_has_all_flags(page: str, flags: list[str]) -> None:
    """And the table below it explains them."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    _, synopsis, table, *_ = text[text.index("## The flags") :].split("\n\n")
    for part in (synopsis, table):
        assert {*flags} - {"-h", "--help"} - {
            *re.findall(r"(?<![\w-])--?[a-z][a-z-]*", part)
        } == set()
