"""Requests that are sent again because their answer was lost: Idempotency-Key
(draft-ietf-httpapi-idempotency-key-header).

What a request with a key has said is known from two places: from memory, for the requests of this
process, and from the history, whose messages have the key's hash (`wire.once`). So a request that
was cut short, even by the end of the process, goes on with its first message that was not said.
"""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from hashlib import sha256

from chatroom.chat.state.world import World
from chatroom.server.web.response import Pending, Response, as_json, text
from chatroom.wire.once import Once

KEYS = 10_000
"""Keys that are remembered, the latest ones."""

KEY_SECONDS = 86_400.0

LONGEST_KEY = 255


class Task:
    """What one request has to say: `begin`, then what is `missing`, then `resolve`.

    `once` is the tag of its first message, None for a request without a key. Between two requests
    with its key, a task knows what was said, but has no texts: ten thousand are remembered.
    """

    def __init__(self, once: Once | None = None, at: float = 0.0) -> None:
        self.once = once
        self.at = at
        self.pending: Pending | None = None
        self.answered: Response | None = None  # with 201
        self._messages: list[tuple[str, int]] = []
        self._said: dict[int, tuple[str, str]] = {}  # part -> msgid, time

    def begin(self, messages: list[tuple[str, int]], pending: Pending) -> bool:
        """Say these messages, each with its rows, except those that were said. Returns whether
        there is one; otherwise `pending` is resolved."""
        self._messages, self.pending = messages, pending
        if len(self._said) < len(messages):
            return True
        self.resolve(as_json(201, self.answer()))
        return False

    @property
    def count(self) -> int:
        """How many of its messages were said."""
        return len(self._said)

    def missing(self) -> Iterator[tuple[int, str, int]]:
        """The messages that were not said yet: which one, its text, its rows."""
        for part, (words, rows) in enumerate(self._messages):
            if part not in self._said:
                yield part, words, rows

    def done(self, part: int, msgid: str, time: str) -> None:
        """A message was said."""
        self._said[part] = msgid, time

    def answer(self) -> dict[str, object]:
        """The body of 201."""
        said = [self._said[part] for part in sorted(self._said)]
        msgids = [msgid for msgid, _ in said]
        first: dict[str, object] = {"msgid": msgids[0], "time": said[0][1]}
        return first | ({"msgids": msgids} if len(msgids) > 1 else {})

    def resolve(self, response: Response) -> None:
        """The answer is known."""
        pending, self.pending, self._messages = self.pending, None, []
        if response.status == 201:
            self.answered = response
        if pending is not None:
            pending.resolve(response)


class Repeating:
    """The requests with keys, for the loop's thread."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: OrderedDict[str, Task] = OrderedDict()

    def task(
        self,
        account: int,
        key: str,
        request: Sequence[str],
        messages: list[tuple[str, int]],
        pending: Pending,
    ) -> Task | None:
        """What is to be said for a request of an account, which consists of these words; None if it
        is answered at once. Raises HistoryError."""
        if len(key) > LONGEST_KEY:
            pending.resolve(text(400, f"An Idempotency-Key has at most {LONGEST_KEY} characters."))
            return None
        once = Once(_hash(str(account), key), _hash(*request), 0)
        task = self._known(once.key)
        if task is None:
            task = self._left(once)
        if task.once is not None and task.once.request != once.request:
            words = "This Idempotency-Key belongs to a request that said something else."
            pending.resolve(text(422, words))
        elif task.pending is not None:
            words = "The same request is under way."
            pending.resolve(text(409, words, ("Retry-After", "1")))
        elif task.answered is not None:
            pending.resolve(task.answered)
        elif task.begin(messages, pending):
            return task
        return None

    def _known(self, key: str) -> Task | None:
        task = self._tasks.get(key)
        if task is None or self._world.clock - task.at > KEY_SECONDS:
            return None
        has_failed = task.pending is None and not task.count
        return None if has_failed else task

    def _left(self, once: Once) -> Task:
        """A task as the history knows it, which is then remembered."""
        said = self._world.log.said_once(once.key, self._world.now)
        if said:
            once = said[0].once._replace(part=0)
        task = Task(once, self._world.clock)
        for each in said:
            task.done(each.once.part, each.msgid, each.time)
        self._tasks.pop(once.key, None)
        self._tasks[once.key] = task
        while len(self._tasks) > KEYS:
            self._tasks.popitem(last=False)
        return task


def _hash(*words: str) -> str:
    """A hash of words, 96 bits in hexadecimal."""
    digest = sha256()
    for word in words:
        data = word.encode(errors="surrogatepass")
        digest.update(b"%d:%b" % (len(data), data))
    return digest.hexdigest()[:24]
