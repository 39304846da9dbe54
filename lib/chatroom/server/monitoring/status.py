"""What `chatroom-server status` shows, as values of JSON. No names and no texts of people."""

from collections.abc import Mapping
from typing import Any

from chatroom import __version__
from chatroom.server.monitoring import process
from chatroom.server.monitoring.sources import Sources
from chatroom.server.monitoring.timings import Timings, percentile
from chatroom.wire.reference import format_time

Values = Mapping[str, Any]


def status(sources: Sources, pid: int) -> Values:
    """The values. Times are UTC as in ISO 8601, durations seconds, sizes bytes; what does not exist
    here is None."""
    world, history = sources.world, sources.history()
    return {
        "version": __version__,
        "pid": pid,
        "since": _time(sources.begun),
        "uptime": round(world.now - sources.begun, 3),
        "serving_since": world.started_text.replace(" UTC", "Z").replace(" ", "T"),
        "not_ready": sources.why_not_ready(),
        "listening": sources.accepting.shown,
        "people": {
            "here": world.registered - len(world.absent),
            "absent": len(world.absent),
            "most": world.most_registered,
        },
        "sessions": sources.sessions,
        "connections": sources.connections(),
        "rooms": len(world.rooms),
        "messages": world.fanout.added,
        "deliveries": world.fanout.deliveries,
        "received_bytes": sources.traffic.received,
        "sent_bytes": sources.traffic.sent,
        "tick": _durations(sources.ticks),
        "commit": None if history is None else _durations(history.commits),
        "backlog": {
            "history": None if history is None else history.pending,
            "unsent_bytes": sources.unsent,
            "jobs": sum(sources.jobs().values()),
            "handshakes": len(sources.handshakes.waiting),
        },
        "certificate": _certificate(sources),
        "disk": _disk(sources),
        "process": {
            "cpu_seconds": round(process.cpu_seconds(), 2),
            "memory_bytes": process.resident_bytes(),
            "descriptors": process.open_descriptors(),
        },
        "exceptions": sources.counters.bugs,
    }


def _time(at: float) -> str:
    return format_time(round(at * 1000))


def _durations(timings: Timings) -> Values:
    latest = timings.latest
    return {
        "count": sum(timings.counts),
        "latest": len(latest),
        "p50": _rounded(percentile(latest, 0.5)),
        "p99": _rounded(percentile(latest, 0.99)),
        "longest": _rounded(percentile(latest, 1.0)),
    }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)


def _certificate(sources: Sources) -> Values | None:
    certificate = sources.certificate()
    if certificate is None:
        return None
    return {
        "expires": _time(certificate.expires),
        "days": int((certificate.expires - sources.world.now) // 86_400),
        "sha256": certificate.fingerprint,
    }


def _disk(sources: Sources) -> Values:
    files = sources.files()
    return {
        "directory": str(sources.directory()),
        "history_bytes": sources.history_bytes(),
        "files": None if files is None else files.count,
        "file_bytes": None if files is None else files.bytes,
        "free_bytes": sources.free_bytes(),
    }
