"""A server that was started to ignore HUP, as nohup does, outlives its terminal."""

import signal
from pathlib import Path

import pytest

from harness import Server

NOHUP = ("sh", "-c", 'trap "" HUP; exec "$0" "$@"')
FREE = "[limits]\nflood_rate = 0\n"


def test_an_ignored_hangup_stays_ignored(tmp_path: Path) -> None:
    """The configuration is not read again either, and TERM still stops the server."""
    with Server(tmp_path, config=FREE, prefix=NOHUP) as server:
        ann = server.join("ann", "#room")
        changed = FREE + "[server]\nmotd = 'Fresh bread'\n"
        (tmp_path / "chatroom.toml").write_text(changed)
        for _ in range(3):
            server.send_signal(signal.SIGHUP)
            assert [m.command for m in ann.ask("MOTD")] == ["422"]
        assert not [line for line in server.log if "read again" in line]
        assert server.process.poll() is None
        ann.close()
        server.end_well()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_other_signals_still_stop_it(tmp_path: Path, number: signal.Signals) -> None:
    with Server(tmp_path, prefix=NOHUP) as server:
        server.send_signal(signal.SIGHUP)
        ann = server.join("ann")
        server.send_signal(number)
        assert ann.end()[-1].startswith("ERROR :Closing link")
        ann.close()
        assert server.stop() == 0
    assert server.log[-2:] == ["[SERVER] Goodbye.", ""]
