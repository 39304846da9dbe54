"""/metrics: one row for each metric.

How to add one: a row here, and its line in the table of docs/monitoring.md (a test compares them).
Names follow https://prometheus.io/docs/practices/naming/: base units, `_total` for what only grows.
A label has few values, and all of them from the start, so that nothing appears out of nowhere. The
rows are read in the loop, so each takes microseconds.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chatroom import __version__
from chatroom.chat.buckets import REFUSED
from chatroom.chat.commands.knocking import AT_ROOM, BY_PERSON
from chatroom.server.admission import ADDRESS_LIMIT, BANNED
from chatroom.server.monitoring import process
from chatroom.server.monitoring.exposition import heading, histogram, sample
from chatroom.server.monitoring.sources import Sources
from chatroom.server.monitoring.timings import Timings

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

Reading = float | None | Mapping[str, float] | Timings
"""A value, None for none; or values by a label; or durations."""


@dataclass(frozen=True, slots=True)
class Metric:
    """One row. `label` is the name of the label if `read` returns values by a label."""

    name: str
    kind: str
    help: str
    read: Callable[[Sources], Reading]
    label: str = ""


def _throttled(sources: Sources) -> Mapping[str, float]:
    refused = sources.world.levels.refused
    kinds = (*REFUSED, BY_PERSON, AT_ROOM)
    return {"pace": sources.paced(), **{kind: refused[kind] for kind in kinds}}


def _refused(sources: Sources) -> Mapping[str, float]:
    return {reason: sources.arrivals.refused[reason] for reason in (ADDRESS_LIMIT, BANNED)}


def _handshakes(sources: Sources) -> Mapping[str, float]:
    return {"ok": sources.handshakes.done, "failed": sources.handshakes.failed}


def _commits(sources: Sources) -> Timings | None:
    history = sources.history()
    return None if history is None else history.commits


def _pending(sources: Sources) -> int | None:
    history = sources.history()
    return None if history is None else history.pending


def _writable(sources: Sources) -> int | None:
    history = sources.history()
    return None if history is None else int(not history.is_failing)


def _recorded(sources: Sources) -> int | None:
    history = sources.history()
    return None if history is None else history.recorded


def _files(sources: Sources) -> int | None:
    files = sources.files()
    return None if files is None else files.count


def _file_bytes(sources: Sources) -> int | None:
    files = sources.files()
    return None if files is None else files.bytes


def _expiry(sources: Sources) -> float | None:
    certificate = sources.certificate()
    return None if certificate is None else certificate.expires


METRICS: tuple[Metric, ...] = (
    Metric("chatroom_build_info", GAUGE, "The version of the server; always 1.",
           lambda _: {__version__: 1}, "version"),
    Metric("chatroom_ready", GAUGE, "1 if /readyz says that more people can come, else 0.",
           lambda server: int(not server.why_not_ready())),
    Metric("chatroom_connections", GAUGE, "Connections by door, at the moment.",
           Sources.connections, "door"),
    Metric("chatroom_accepted_connections_total", COUNTER, "Connections that were accepted.",
           lambda server: server.counters.connections),
    Metric("chatroom_door_connections_total", COUNTER,
           "Connections that each door has had; a WebSocket counts for http, too, where it begins.",
           Sources.came, "door"),
    Metric("chatroom_connections_refused_total", COUNTER,
           "Connections, and requests of HTTP, that were refused because of their address.",
           _refused, "reason"),
    Metric("chatroom_slow_readers_total", COUNTER,
           "Connections that were closed because they read too slowly.",
           lambda server: server.counters.slow_readers),
    Metric("chatroom_users", GAUGE, "People in the chat, with or without a connection.",
           lambda server: server.world.registered),
    Metric("chatroom_users_absent", GAUGE, "Those of them who have no connection (always-on).",
           lambda server: len(server.world.absent)),
    Metric("chatroom_sessions", GAUGE, "Connections of people who are in the chat.",
           lambda server: server.sessions),
    Metric("chatroom_rooms", GAUGE, "Rooms.", lambda server: len(server.world.rooms)),
    Metric("chatroom_messages_total", COUNTER, "Messages that people said in rooms.",
           lambda server: server.world.fanout.added),
    Metric("chatroom_deliveries_total", COUNTER,
           "Messages and events, counted once for each member of their room, the author too.",
           lambda server: server.world.fanout.deliveries),
    Metric("chatroom_received_bytes_total", COUNTER, "Bytes from clients, without TLS's own.",
           lambda server: server.traffic.received),
    Metric("chatroom_sent_bytes_total", COUNTER, "Bytes for clients, without TLS's own.",
           lambda server: server.traffic.sent),
    Metric("chatroom_unsent_bytes", GAUGE, "Bytes that wait for clients who read slowly.",
           lambda server: server.unsent),
    Metric("chatroom_throttled_total", COUNTER,
           "How often a session was slowed down (pace), or refused because of a limit.",
           _throttled, "reason"),
    Metric("chatroom_wrong_passwords_total", COUNTER, "Wrong passwords and tokens.",
           lambda server: server.arrivals.wrong_passwords),
    Metric("chatroom_tick_seconds", HISTOGRAM,
           "How long the ticks of the loop took, without waiting for input.",
           lambda server: server.ticks),
    Metric("chatroom_commit_seconds", HISTOGRAM, "How long the commits of ticks took.", _commits),
    Metric("chatroom_history_pending", GAUGE,
           "Messages and changes that are not on disk yet; more than 0 while writing fails.",
           _pending),
    Metric("chatroom_history_writable", GAUGE, "0 while the history cannot be written, else 1.",
           _writable),
    Metric("chatroom_history_recorded_total", COUNTER,
           "Messages and events that the history has recorded.", _recorded),
    Metric("chatroom_history_bytes", GAUGE, "Bytes on disk of the history.",
           Sources.history_bytes, "part"),
    Metric("chatroom_files", GAUGE, "Uploaded files.", _files),
    Metric("chatroom_file_bytes", GAUGE, "Their bytes, as they count for quotas.", _file_bytes),
    Metric("chatroom_disk_free_bytes", GAUGE, "Bytes that are free on the data directory's disk.",
           Sources.free_bytes),
    Metric("chatroom_tls_handshakes_total", COUNTER, "TLS handshakes.", _handshakes, "result"),
    Metric("chatroom_tls_handshakes_waiting", GAUGE, "TLS handshakes that wait for their turn.",
           lambda server: len(server.handshakes.waiting)),
    Metric("chatroom_certificate_expiry_timestamp_seconds", GAUGE,
           "When the certificate ends, in seconds since 1970.", _expiry),
    Metric("chatroom_worker_jobs", GAUGE, "Jobs that wait for a worker thread, or run in one.",
           Sources.jobs, "pool"),
    Metric("chatroom_unhandled_exceptions_total", COUNTER,
           "Bugs: each is in the log, and has closed one connection at most.",
           lambda server: server.counters.bugs),
    Metric("process_cpu_seconds_total", COUNTER, "Processor time of the process.",
           lambda _: process.cpu_seconds()),
    Metric("process_resident_memory_bytes", GAUGE, "Memory in use.",
           lambda _: process.resident_bytes()),
    Metric("process_virtual_memory_bytes", GAUGE, "The size of the address space.",
           lambda _: process.virtual_bytes()),
    Metric("process_open_fds", GAUGE, "Open descriptors.", lambda _: process.open_descriptors()),
    Metric("process_max_fds", GAUGE, "The most descriptors that the process may have open.",
           lambda _: process.most_descriptors()),
    Metric("process_start_time_seconds", GAUGE, "When the server began, in seconds since 1970.",
           lambda server: server.begun),
)  # fmt: skip
"""All rows, in the order in which they are shown. Where `read` finds nothing, because there is no
history, no certificate, or no such figure on this system, the metric is left out."""


def render(sources: Sources) -> str:
    """The whole text."""
    return "".join(part for metric in METRICS for part in _family(metric, sources))


def _family(metric: Metric, sources: Sources) -> Iterator[str]:
    found = metric.read(sources)
    if found is None or found == {}:
        return
    yield heading(metric.name, metric.kind, metric.help)
    if isinstance(found, Timings):
        yield from histogram(metric.name, found.counts, found.total)
    elif isinstance(found, Mapping):
        for value, number in found.items():
            yield sample(metric.name, number, {metric.label: value})
    else:
        yield sample(metric.name, found)
