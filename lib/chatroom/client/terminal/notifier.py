"""How the desktop is asked for a notification: by a sequence that the terminal knows, else by
notify-send, else by a sequence that it may know.

Always by one of them, so that nobody is notified twice. Catches what the system refuses.
"""

import html
import shutil
import subprocess
from collections.abc import Mapping
from enum import Enum

LONGEST = 300
"""Characters of a notification."""


class Sequence(Enum):
    """Control sequences that ask for a notification."""

    OSC_9 = "\x1b]9;{}\a"  # iTerm2's
    OSC_777 = "\x1b]777;notify;Chatroom;{}\a"  # urxvt's


_TERMINALS = (
    ("TERM_PROGRAM", "iTerm.app", Sequence.OSC_9),
    ("TERM_PROGRAM", "WezTerm", Sequence.OSC_9),
    ("TERM_PROGRAM", "ghostty", Sequence.OSC_9),
    ("TERM", "xterm-kitty", Sequence.OSC_9),
    ("TERM", "foot", Sequence.OSC_777),
    ("TERM", "rxvt", Sequence.OSC_777),
)
"""A variable of the environment, how its value begins, and what that terminal knows."""

_DISPLAYS = ("WAYLAND_DISPLAY", "DISPLAY")
_COMMAND = "notify-send"


class Notifier:
    """Notifies by the means that `environment` says the terminal has."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._known = _known(environment)
        shown = any(environment.get(name) for name in _DISPLAYS)
        self._command = shutil.which(_COMMAND, path=environment.get("PATH")) if shown else None
        self._child: subprocess.Popen[bytes] | None = None

    def notify(self, text: str) -> str:
        """Notify of a visible text; the text to write to the terminal for it, if any."""
        text = text[:LONGEST]
        if self._known is None and self._command and self._run(self._command, text):
            return ""
        sequence = (self._known or Sequence.OSC_9).value.format(text.replace(";", ","))
        return _through_tmux(sequence) if self._environment.get("TMUX") else sequence

    def _run(self, command: str, text: str) -> bool:
        """Whether it has been started, or the one before still runs: then that must do."""
        if self._child and self._child.poll() is None:
            return True
        words = [command, "--app-name=Chatroom", "--", "Chatroom", html.escape(text, quote=False)]
        nothing = subprocess.DEVNULL
        try:
            self._child = subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing)
        except OSError:
            return False  # the terminal is asked instead
        return True


def _known(environment: Mapping[str, str]) -> Sequence | None:
    matching = (
        sequence
        for variable, value, sequence in _TERMINALS
        if environment.get(variable, "").startswith(value)
    )
    return next(matching, None)


def _through_tmux(sequence: str) -> str:
    """Wrap a sequence so that tmux passes it to its terminal, where `allow-passthrough` is on."""
    doubled = sequence.replace("\x1b", "\x1b\x1b")
    return f"\x1bPtmux;{doubled}\x1b\\"
