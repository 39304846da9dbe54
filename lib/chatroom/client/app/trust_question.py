"""The question whether to trust a server if nobody vouches for its certificate. It is asked before
the chat begins, so it takes over the input line, like the question for the server."""

from collections.abc import Collection
from enum import Enum, auto

from chatroom.client.connection.trust import ASK_TRUST
from chatroom.client.ui.entries import Entry, leaves
from chatroom.client.ui.offers import WORDS
from chatroom.client.ui.ports import Screen
from chatroom.client.view.lines import Line, error_line

_ANSWERS = WORDS | {f"/{word}": meant for word, meant in WORDS.items()}


class TrustAnswer(Enum):
    """What was typed."""

    YES = auto()
    NO = auto()
    LEAVE = auto()
    NONE = auto()


class TrustQuestion:
    """Call `ask`, then `answered` with each line until it is an answer. `stands` is true in
    between.

    Lines that were typed before the question was shown do not answer it: see `precedes`.
    """

    def __init__(self, screen: Screen) -> None:
        self.stands = False
        self._screen = screen
        self._typed_ahead: list[Entry] = []

    def ask(self, question: str, typed_ahead: Collection[Entry]) -> None:
        """Show it. `typed_ahead` are the lines that wait already."""
        self._screen.show(Line(question))
        self._screen.ask(ASK_TRUST)
        self.stands = True
        self._typed_ahead = list(typed_ahead)

    def precedes(self, entry: Entry) -> bool:
        """Whether a line was typed before the question."""
        return any(each is entry for each in self._typed_ahead)

    def answered(self, text: str) -> TrustAnswer:
        """A line was typed. Whatever is neither yes nor no is asked about again."""
        self._screen.answered(text)
        word = text.strip().lower()
        if leaves(text):
            self.stands = False
            return TrustAnswer.LEAVE
        if word not in _ANSWERS:
            self._screen.show(error_line("Type /yes or /no."))
            self._screen.ask(ASK_TRUST)
            return TrustAnswer.NONE
        self.stands = False
        return TrustAnswer.YES if _ANSWERS[word] else TrustAnswer.NO
