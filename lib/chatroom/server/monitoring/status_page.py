"""The values of `status` as a page for people: one row for each line."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from chatroom.text.display import visible
from chatroom.text.file_names import size_in_words
from chatroom.text.times import span_words

Values = Mapping[str, Any]

SECONDS = len("2026-03-04T05:06:07")
MINUTES = len("2026-03-04T05:06")
"""The parts of a time that are compared, and shown."""

_DOORS = {
    "irc": "IRC",
    "websocket": "web page",
    "plain": "netcat",
    "http": "HTTP",
    "undecided": "undecided",
}


def page(values: Values) -> Iterator[str]:
    """The lines. A row is left out if the values have nothing for it: they may come from a server
    of another version."""
    for name, words in _ROWS.items():
        try:
            text = words(values)
        except (KeyError, TypeError):
            continue
        if text:
            yield visible(f"{name:<14}{text}" if name else text)


def _begin(values: Values) -> str:
    span = span_words(values["uptime"])
    serving = _serving_since(values)
    return f"Chatroom {values['version']}, process {values['pid']}, running for {span}{serving}"


def _serving_since(values: Values) -> str:
    """When the first process began, if this one has taken over from another (docs/upgrade.md)."""
    first, own = values.get("serving_since", ""), values.get("since", "")
    if not first or first[:SECONDS] == own[:SECONDS]:
        return ""
    return f", serving since {first[:MINUTES].replace('T', ' ')} UTC"


def _listening(values: Values) -> str:
    return ", ".join(values["listening"])


def _people(values: Values) -> str:
    people = values["people"]
    absent = f", {people['absent']:,} always on without a connection" if people["absent"] else ""
    return f"{people['here']:,} here{absent}; {people['most']:,} at most since the start"


def _connections(values: Values) -> str:
    by_door = values["connections"]
    parts = [f"{count:,} {_DOORS.get(door, door)}" for door, count in by_door.items() if count]
    return f"{sum(by_door.values()):,}" + (f": {', '.join(parts)}" if parts else "")


def _messages(values: Values) -> str:
    return f"{values['messages']:,} said in rooms, {values['deliveries']:,} deliveries"


def _traffic(values: Values) -> str:
    received, sent = (size_in_words(values[f"{way}_bytes"]) for way in ("received", "sent"))
    return f"{received} received, {sent} sent"


def _durations(name: str) -> Callable[[Values], str]:
    def words(values: Values) -> str:
        found = values[name]
        if not found["latest"]:
            return "none yet"
        of = f"of the last {found['latest']:,}" if found["latest"] > 1 else "once"
        half, most, longest = (_ms(found[key]) for key in ("p50", "p99", "longest"))
        return f"p50 {half}, p99 {most}, longest {longest} {of}; {found['count']:,} in all"

    return words


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


def _backlog(values: Values) -> str:
    backlog = values["backlog"]
    parts = [
        f"{backlog['history']:,} messages and changes not on disk" if backlog["history"] else "",
        f"{size_in_words(backlog['unsent_bytes'])} for slow readers"
        if backlog["unsent_bytes"]
        else "",
        f"{backlog['jobs']:,} jobs of workers" if backlog["jobs"] else "",
        f"{backlog['handshakes']:,} TLS handshakes" if backlog["handshakes"] else "",
    ]
    return ", ".join(filter(None, parts)) or "nothing waits"


def _certificate(values: Values) -> str:
    certificate = values["certificate"]
    if certificate is None:
        return "none, so there is no TLS"
    day, days = certificate["expires"][:10], certificate["days"]
    if days < 0:
        return f"expired on {day}"
    return f"valid until {day} ({days:,} day{'s' * (days != 1)})"


def _disk(values: Values) -> str:
    disk = values["disk"]
    sizes = disk["history_bytes"]
    files = f", {disk['files']:,} files with {size_in_words(disk['file_bytes'])}"
    return (
        f"history {size_in_words(sum(sizes.values()) - sizes['search'])},"
        f" search index {size_in_words(sizes['search'])}"
        f"{files if disk['files'] else ''}; {size_in_words(disk['free_bytes'])} free"
    )


def _process(values: Values) -> str:
    process = values["process"]
    memory = size_in_words(process["memory_bytes"])
    return f"{process['cpu_seconds']:,.1f} s of CPU, {memory} of memory"


def _exceptions(values: Values) -> str:
    count = values["exceptions"]
    return f"{count:,} exceptions, please report them: the log has each" if count else ""


_ROWS: Mapping[str, Callable[[Values], str]] = {
    "": _begin,
    "NOT READY": lambda values: str(values["not_ready"]),
    "Listening on": _listening,
    "People": _people,
    "Connections": _connections,
    "Rooms": lambda values: f"{values['rooms']:,}",
    "Messages": _messages,
    "Traffic": _traffic,
    "Ticks": _durations("tick"),
    "Commits": _durations("commit"),
    "Waiting": _backlog,
    "Certificate": _certificate,
    "Disk": _disk,
    "Data": lambda values: str(values["disk"]["directory"]),
    "Process": _process,
    "Bugs": _exceptions,
}
