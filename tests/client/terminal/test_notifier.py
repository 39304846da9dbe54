"""The desktop's notifications: one for each call, by whatever there is."""

from pathlib import Path

import pytest

from chatroom.client.terminal.notifier import Notifier
from harness import PATIENCE

OSC_9 = "\x1b]9;bob: hi, you\a"
OSC_777 = "\x1b]777;notify;Chatroom;bob: hi, you\a"


@pytest.mark.parametrize(
    ("environment", "written"),
    [
        ({"TERM": "xterm"}, OSC_9),
        ({"TERM_PROGRAM": "WezTerm", "DISPLAY": ":0"}, OSC_9),
        ({"TERM": "foot-extra"}, OSC_777),
        ({"TERM": "rxvt-unicode-256color", "WAYLAND_DISPLAY": "w"}, OSC_777),
        ({"TERM": "tmux-256color", "TMUX": "/tmp/x,1,0"}, f"\x1bPtmux;\x1b{OSC_9}\x1b\\"),
        ({"TERM": "xterm", "DISPLAY": ":0", "PATH": "/nowhere"}, OSC_9),
    ],
)
def test_a_sequence_that_the_terminal_knows(environment: dict[str, str], written: str) -> None:
    """One that the terminal knows; a text cannot add a part to it."""
    assert Notifier(environment).notify("bob: hi; you") == written


def test_notify_send(tmp_path: Path) -> None:
    """Where there is a display and the terminal is not known; the text is no option, no markup."""
    told = tmp_path / "told"
    command = tmp_path / "notify-send"
    command.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" >{told}\n")
    command.chmod(0o755)
    notifier = Notifier({"TERM": "xterm", "DISPLAY": ":0", "PATH": f"{tmp_path}:/bin:/usr/bin"})
    assert notifier.notify("--bob: <b>hi</b>; you") == ""
    assert notifier._child is not None
    assert notifier._child.wait(PATIENCE) == 0
    assert told.read_text().splitlines() == [
        "--app-name=Chatroom",
        "--",
        "Chatroom",
        "--bob: &lt;b&gt;hi&lt;/b&gt;; you",
    ]


def test_a_command_that_cannot_run(tmp_path: Path) -> None:
    """The terminal is asked instead."""
    command = tmp_path / "notify-send"
    command.write_bytes(b"\x7fELF no program")
    command.chmod(0o755)
    notifier = Notifier({"DISPLAY": ":0", "PATH": str(tmp_path)})
    assert notifier.notify("bob: hi; you") == OSC_9
