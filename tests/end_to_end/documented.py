"""The commands that README.md and the pages of docs/ tell people to type, and how each is tried.

A command is a line of an example (indented, or between fences) or quoted words in a sentence that
begin with one of PROGRAMS. Every one of them needs a row in HOW: it runs as it is written
(`Runs`), with the scene's names for the placeholders; or a person talks with it (`Talks`); or
something else tries it (`Elsewhere`). A test fails if a page has a command without a row, and if a
row has no command.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from harness import ROOT

PAGES = [
    *(ROOT / name for name in ("README.md", "SECURITY.md", "CONTRIBUTING.md", "DEVELOPING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]

PROGRAMS = (
    "/opt/chatroom/bin/pip", "apt", "asciinema", "avahi-browse", "caddy", "chatroom-client",
    "chatroom-server", "cp", "curl", "dns-sd", "docker", "git", "install", "irssi", "journalctl",
    "kill", "make", "man", "mv", "nc", "ncat", "nginx", "openssl", "pip", "podman", "printf",
    "python3", "qrencode", "rlwrap", "sqlite3", "sudo", "systemctl", "systemd-analyze",
    "systemd-run", "tar", "telnet", "unzip", "weechat",
)  # fmt: skip

_EXAMPLE = re.compile(r"^(?: {4,}|\$ )(?:\$ )?(.*)$")
_FENCE = re.compile(r"^```(\w*)$")
_QUOTED = re.compile(r"`([^`\n]+)`")
_COMMENT = re.compile(r"\s{2,}.*$|\s+# .*$")
_VARIABLES = re.compile(r"(?:[A-Z_]+=\S+ )+")
_CONTINUED = re.compile(r" *\\\n +")


class Documented(NamedTuple):
    """A command, and the page that tells people to type it."""

    page: Path
    command: str


def commands_of(page: Path) -> Iterator[str]:
    """The commands of a page, in order, without comments. Words in a sentence are commands only if
    they say more than the program's name."""
    language: str | None = None
    for line in _lines(page.read_text(encoding="utf-8")):
        fence = _FENCE.match(line)
        if fence:
            language = fence[1] if language is None else None
            continue
        if language is not None:
            found = [line.removeprefix("$ ")] if language in ("", "sh", "console") else []
        elif match := _EXAMPLE.match(line):
            found = [match[1]]
        else:
            found = [each for each in _QUOTED.findall(line) if " " in each]
        for command in found:
            words = _COMMENT.sub("", command)
            if _is_command(_VARIABLES.sub("", words, count=1)):
                yield words


def _is_command(words: str) -> bool:
    program = words.split(" ")[0]
    ours = re.fullmatch(r"scripts/\w+\.py", program)
    return program in PROGRAMS or ours is not None or " | chatroom-client" in words


def _lines(text: str) -> Iterator[str]:
    """The lines of a page. A command that continues on the next line, after a backslash or within
    backquotes, is in one."""
    begun = ""
    for line in _CONTINUED.sub(" ", text).splitlines():
        whole = f"{begun} {line.strip()}" if begun and line else line
        if whole.count("`") % 2 and not whole.startswith(" " * 4) and not _FENCE.match(whole):
            begun = whole
        else:
            begun = ""
            yield whole


def documented() -> list[Documented]:
    """All commands, each once for each page."""
    return [
        Documented(page, command) for page in PAGES for command in dict.fromkeys(commands_of(page))
    ]


class Runs(NamedTuple):
    """It runs to its end with status 0. `typed` is its standard input, and `shows` is a pattern for
    what it prints. `before` and `after` are commands around it, which may fail. `spends`: alice's
    account is not what it was afterwards. `apart`: no server may use its data directory."""

    shows: str = ""
    typed: str = ""
    before: str = ""
    after: str = ""
    spends: bool = False
    apart: bool = False


class Follows(NamedTuple):
    """It prints what is said from then on, and never ends by itself."""


class Talks(NamedTuple):
    """It runs in a terminal until it shows the pattern `shows`; then Ctrl-C ends it. `before` is a
    command that comes first."""

    shows: str
    before: str = ""


class Parses(NamedTuple):
    """It is a program of scripts/ that takes minutes: only its arguments are checked here."""


class Elsewhere(NamedTuple):
    """It is not run by this test, for this reason."""

    why: str


How = Runs | Follows | Talks | Parses | Elsewhere

CI = Elsewhere(".ci/run runs it in a clean clone")
LONG = Elsewhere("takes minutes; tests/end_to_end has a short form of it")
NETWORK = Elsewhere("needs a network; `make` installs the same packages")
FOREIGN = Elsewhere("tests/end_to_end/test_foreign_clients.py runs it")
MANUAL = Elsewhere("tests/end_to_end/test_manual.py reads the pages")
PACKED = Elsewhere("tests/end_to_end/test_zipapp.py makes and runs both")
SYSTEMD = Elsewhere("needs systemd; tests/end_to_end/test_service_manager.py does what it does")
ROOT_ONLY = Elsewhere("changes the system; tests/end_to_end/test_deploy.py checks what it installs")
CONTAINER = Elsewhere("needs images; tests/end_to_end/test_deploy.py checks the Containerfile")
ZEROCONF = Elsewhere("tests/end_to_end/test_lan.py browses with another program")
GIT = Elsewhere("needs a repository of its own")
NAMED = Elsewhere("words in a sentence; another line has the whole command")

_PASSWORD = "correct horse battery\n"
_A = "chatroom-server account"
_MADE, _UNMADE = f"{_A} add-token alice deploy", f"{_A} remove-token alice deploy"
_CONFIG = "chatroom-server --print-config > chatroom.toml"
_BACKUP = "chatroom-server backup --force chatroom-backup.tar"
_EXPORT = "chatroom-server history export --force -o everything.jsonl"
_SLACK = """\
mkdir -p general && echo '[{"name": "general"}]' > channels.json
echo '[{"user": "bob", "text": "hi", "ts": "1795186815.000100"}]' > general/2026-11-20.json
rm -f export.zip && python3 -m zipfile -c export.zip channels.json general
"""

HOW: tuple[tuple[str, How], ...] = (
    # a pattern for the whole command, how it is tried; the first one counts
    (r"make (test|test-fast|test-pythons|check|demo|docs)", CI),
    (r"make (bench|bench-compare|bench-plot|coverage|test-thorough|fuzz|man)", LONG),
    (r"make release( ARGS=--dry-run)?", Elsewhere("tests/test_release.py has a project")),
    (r"scripts/\w+\.py .*", Parses()),
    (r"(systemctl|journalctl|systemd-run) .*", SYSTEMD),
    (r"install -\w .*", ROOT_ONLY),
    (r"podman .*", CONTAINER),
    (r"git .*", GIT),
    (r"(avahi-browse|dns-sd) .*", ZEROCONF),
    (r"make (zipapp|wheelhouse)( PYTHON=.*)?|python3 (chatroom.pyz|-m venv) .*", PACKED),
    (r"/opt/chatroom/bin/pip install .*", PACKED),
    (r"make PYTHON=python3.13 run-server", Elsewhere(".ci/run tries the Pythons that it finds")),
    (r"make run-server( ARGS=.*)?", Talks("Waiting for connections")),
    (
        r"make run-client( ARGS=.*)?",
        Talks("Choose a nickname|Welcome to room|The password of alice"),
    ),
    (r"CLIENT 192.*", Talks("Choose a nickname|Welcome to|The password of alice")),
    (r"make 2>&1 .*", Runs()),
    (r"(rlwrap )?nc 1\d.*", Talks("Choose a nickname")),
    (r"telnet .*", Talks("Choose a nickname")),
    (r"(irssi|weechat) .*", FOREIGN),
    (r"asciinema .*", Elsewhere("tests/end_to_end/test_demo.py checks the recording")),
    (r"man .*", MANUAL),
    (r"pip .*|PIP_NO_INDEX=1 .*", NETWORK),
    (r"printf .* \| nc .*", Runs("general <bob> who brings the tea")),
    (
        r"install|rlwrap nc|kill -9|kill -USR2|chatroom-server account( add| add-certificate)?",
        NAMED,
    ),
    (r"python3 chatroom_(server|client)\.py( send \.\.\.)?|curl -(u alice:TOKEN|T)", NAMED),
    (r"chatroom-client tail", NAMED),
    # the server's tools
    (r"(SERVER|chatroom-server) upgrade", Elsewhere("tests/end_to_end/test_upgrade.py runs it")),
    (r"SERVER --listen :8080", Talks("Waiting for connections")),
    (r"SERVER --print-config > chatroom.toml", Runs()),
    (r"SERVER -c chatroom.toml --check", Runs("valid|uses", before=_CONFIG)),
    (r"SERVER --check", Runs("configuration is valid|A server")),
    (r"SERVER --version", Runs(r"Chatroom \d")),
    (r"SERVER certificate", Runs("SHA-?256|fingerprint")),
    (r"SERVER certificate --force", Runs("SHA-?256|fingerprint")),
    (r"SERVER backup \S+", Runs("messages")),
    (r"tar xf chatroom-backup.tar && sha256sum .*", Runs("OK", before=_BACKUP)),
    (r"SERVER restore chatroom-backup.tar .*", Runs(before=_BACKUP)),
    (
        r"SERVER -c /etc/chatroom.toml --data /srv/chatroom",
        Talks("Waiting for connections", before="touch /etc/chatroom.toml"),
    ),
    (r"SERVER status", Runs("people|rooms")),
    (r"SERVER check-data", Runs("Note: .* a server")),
    (r"SERVER account add NAME", Runs(typed=_PASSWORD)),
    (r"SERVER account add alice", Runs(typed=_PASSWORD, before=f"{_A} remove alice", spends=True)),
    (r"SERVER account list", Runs("alice")),
    (r"SERVER account show alice", Runs("alice")),
    (r"SERVER account password alice", Runs(typed=_PASSWORD)),
    (r"SERVER account rename alice alicia", Runs(after=f"{_A} rename alicia alice")),
    (r"SERVER account suspend alice.*", Runs(after=f"{_A} resume alice")),
    (r"SERVER account resume alice", Runs(before=f"{_A} suspend alice")),
    (r"SERVER account remove alice", Runs(spends=True)),
    (r"SERVER account remove --erase alice", Runs(typed="alice\n", spends=True)),
    (r"SERVER account (add|remove)-certificate alice A4:30:\.\.\.", Runs()),
    (r"SERVER account add-token .*", Runs("chatroom_", before=_UNMADE)),
    (r"SERVER account list-tokens alice", Runs("deploy", before=_MADE)),
    (r"SERVER account remove-token alice deploy", Runs(before=_MADE)),
    (r"SERVER audit -n 20", Runs()),
    (r"SERVER password", Runs("SCRAM-SHA-256", _PASSWORD)),
    (r"SERVER history export .* \| less", Runs("who brings the tea")),
    (r"SERVER history export .*", Runs()),
    (r"SERVER history import everything.jsonl", Runs("imported", before=_EXPORT, apart=True)),
    (r"SERVER history import --from slack .*", Runs("1 +messages", before=_SLACK, apart=True)),
    (r"sqlite3 DATA/history.db .*", Runs()),
    # the client's subcommands
    (r"CLIENT send --help", Runs("usage")),
    (r"CLIENT send --room ops --file report.pdf .*", Runs()),
    (r"CLIENT send --room ops .*", Runs()),
    (r"CLIENT get .*", Runs("report")),
    (r"CLIENT tail --room ops --since 1h", Follows()),
    (r"CLIENT tail --room ops --json \| jq .*", Follows()),
    (r"CLIENT rooms \| .*", Runs("ops")),
    (r"CLIENT who ops", Runs("bob")),
    (r"CLIENT history ops .*", Runs()),
    (r"CLIENT search .*", Runs("who brings the tea")),
    (r"CLIENT forget .*", Elsewhere("tests/end_to_end/test_client_tls.py forgets a server")),
    (r"openssl req .*", Runs()),
    # curl
    (r"curl -u alice:PASSWORD http://HOST:8080/tokens", Runs("deploy", before=_MADE)),
    (r"curl -u alice:PASSWORD -X DELETE .*/tokens/deploy", Runs(before=_MADE)),
    (r"curl http://127.0.0.1:8080/metrics", Runs("# TYPE chatroom_")),
    (r"curl -N .*", Follows()),
    (r"curl .*/rooms/ops", Runs('"msgid"')),
    (r"curl .*/rooms", Runs('"ops"')),
    (r"curl .*/rooms/ops\?.*|curl .*/search\?.*", Runs("tea|deploy")),
    (r"curl .*/hooks/HOOK.*", Runs()),
    (r"curl -u alice (-F|-T|--data-binary) .*", Runs("/files/")),
    (r"curl -u alice -H .* -F .*", Runs('"url"')),
    (r"curl (-C - )?-O .*/files/ID/report.pdf", Runs(before="printf %%PDF > report.pdf")),
    (r"curl -I .*/files/ID/report.pdf", Runs("(?i)content-length")),
    (r"curl -u alice -X DELETE .*/files/ID/report.pdf", Runs(spends=True)),
)
"""SERVER stands for `python3 chatroom_server.py` and `chatroom-server`, CLIENT for the client."""

_SHORT = {
    "python3 chatroom_server.py ": "SERVER ",
    "chatroom-server ": "SERVER ",
    "python3 chatroom_client.py ": "CLIENT ",
    "chatroom-client ": "CLIENT ",
}


def how(command: str) -> How:
    """How this command is tried. Raises KeyError if it has no row."""
    for pattern, found in HOW:
        if re.fullmatch(pattern, command) or re.fullmatch(pattern, shortened(command)):
            return found
    raise KeyError(command)


def shortened(command: str) -> str:
    """The command with SERVER or CLIENT in place of the program."""
    for program, word in _SHORT.items():
        command = command.replace(program, word)
    return command


_SLASH = re.compile(r"^/([a-z][a-z-]*)(?: .*)?$")


def slash_commands_of(page: Path) -> set[str]:
    """What a page tells people to type in a chat, such as /join: the commands' names."""
    said = [each for line in page.read_text(encoding="utf-8").splitlines() for each in _typed(line)]
    return {found[1] for each in said if (found := _SLASH.match(each))}


def _typed(line: str) -> list[str]:
    example = _EXAMPLE.match(line)
    return [example[1]] if example else _QUOTED.findall(line)
