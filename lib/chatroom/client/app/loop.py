"""The client as a process: its loop over standard input and the socket, signals and timers.

OSErrors are reported as sentences. This module handles those of the connection and of standard
output; the modules for the configuration, the terminal and the log handle their own.
"""

import math
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

from chatroom.client.app.bindings import Bindings
from chatroom.client.app.server_choice import ServerChoice
from chatroom.client.app.signals import Signals, Stopped
from chatroom.client.app.transfers import FileTransfers
from chatroom.client.app.trust_question import TrustAnswer, TrustQuestion
from chatroom.client.config import startup
from chatroom.client.config.passwords import PasswordError
from chatroom.client.config.profiles import Config, ConfigError, config_file, read_config
from chatroom.client.config.settings import SettingError, Settings
from chatroom.client.config.startup import Options, completed, keep_answers, keep_settings
from chatroom.client.connection.discovery import Discovery
from chatroom.client.connection.nicknames import alternatives, user_name
from chatroom.client.connection.server_connection import (
    ConnectionState,
    ServerConnection,
    TlsFailure,
    why_not,
)
from chatroom.client.connection.servers import known_servers
from chatroom.client.connection.standing import RECLAIM_SECONDS
from chatroom.client.connection.trust import Untrusted, trust_for
from chatroom.client.credentials import Credentials
from chatroom.client.errors import ServiceError
from chatroom.client.files.chat_log import Logbook
from chatroom.client.files.path_completion import paths_beginning
from chatroom.client.files.xdg import NO_HOME, state_directory
from chatroom.client.limits import LIMITS
from chatroom.client.protocol.session import Session
from chatroom.client.terminal.open_console import is_terminal, open_console
from chatroom.client.transfer.places import Home
from chatroom.client.ui.chat import Chat
from chatroom.client.ui.entries import Entry
from chatroom.client.ui.ports import Services
from chatroom.client.ui.stage import StartOptions
from chatroom.client.view.lines import error_line, info_line
from chatroom.net.addresses import Address
from chatroom.net.hosts import HostsError
from chatroom.net.loop import Loop
from chatroom.net.streams import cannot_write, forget_output
from chatroom.net.timers import Timer, Timers

THINKING_SECONDS = 10.0
"""Seconds. A connection that lasted at least so long was not refused; the server gave up waiting
for a nickname."""

GOODBYE_SECONDS = 3.0
"""Seconds for the server to close the connection after QUIT."""

INTERRUPTED_SECONDS = 0.2
"""Seconds for the system to accept QUIT after Ctrl-C; the server's answer is not awaited."""

TURN_SECONDS = 0.02
"""Seconds for the server's lines in one turn, before keys and signals are handled; absurd lines may
take a millisecond or two each."""

QUIT_HINT = "Press Ctrl-\\ again to end the client."

NOT_TRUSTED = "Not connected: you do not trust the server's certificate."

INTERRUPTED = 128
"""The exit status is this plus the signal's number (the convention of POSIX shells)."""


class CannotStart(Exception):
    """There is no server to talk to; `str()` says why, in a sentence."""


def _is_past(moment: float) -> bool:
    return time.monotonic() >= moment


def run(options: Options) -> int:
    """Run the client to its end. Returns its exit status."""
    try:
        config = read_config(config_file())
        return App(completed(options, config), config).run()
    except (CannotStart, ConfigError, HostsError, PasswordError, SettingError) as error:
        print(error, file=sys.stderr)
        return 1
    except Stopped as stopped:
        forget_output()
        return INTERRUPTED + stopped.number
    except BrokenPipeError:
        forget_output()
        return 1
    except OSError as error:  # the net's own are dealt with: this is our output's
        forget_output()
        print(cannot_write(error), file=sys.stderr)
        return 1


def _log_writer(server: str) -> Callable[[str, str], None]:
    """Returns a function that writes a line into a conversation's file, or raises ServiceError."""
    state = state_directory()
    return Logbook(state / "logs", server).write if state else _no_log


def _no_log(_conversation: str, _line: str) -> None:
    raise ServiceError(f"The log cannot be written: {NO_HOME}.")


class App:
    """One run of the client."""

    def __init__(self, options: Options, config: Config) -> None:
        self._options = options
        self._config = config
        self._settings = Settings(config.settings)
        self._loop = Loop()
        self._timers = Timers()
        self._person = is_terminal(sys.stdin)
        self._console = open_console(self._loop, self._timers, options.no_color)
        self._signals = Signals(self._loop, self._person, lambda: self._chat is not None)
        self._console.interrupted = lambda: self._signals.interrupted(signal.SIGINT)
        self._screen, self._typist = self._console.screen, self._console.typist
        self._password = ""
        self._credentials: Credentials | None = None
        self._transfers = FileTransfers(self._loop, self._timers)
        self._trust_question = TrustQuestion(self._screen)
        discover = options.discover and self._settings.on("discover")
        self._choice = ServerChoice(
            self._timers,
            self._screen,
            self._person,
            partial(Discovery, self._loop, self._timers) if discover else None,
            self._cannot_start,
        )
        self._address = options.address
        self._link: ServerConnection | None = None
        self._chat: Chat | None = None
        self._bindings: Bindings | None = None
        self._goodbye: Timer | None = None
        self._reclaiming: Timer | None = None
        self._status: int | None = None

    def run(self) -> int:
        """Turn the loop until there is an exit status. Returns it."""
        self._signals.begin()
        try:
            self._password = startup.password(self._options)
            self._keep_login(startup.credentials(self._options))
            self._console.begin()
            self._begin()
            self._flush()  # many a server is silent until we have spoken
            self._console.turn()
            while self._status is None:
                self._turn()
        finally:
            self._choice.end()
            self._console.end()
            self._transfers.close()
            if self._link:
                self._link.close()
            self._loop.close()
        return self._status

    def _turn(self) -> None:
        """Handle keys and signals, then some of the server's lines, then the person's."""
        behind = self._typist.behind or (self._chat is not None and self._chat.behind)
        busy = self._typist.unpolled or self._lines_wait or behind
        for ready, mask in self._loop.select(0.0 if busy else self._timers.wait(time.monotonic())):
            ready(mask)
        if self._signals.number and self._chat:
            self._interrupt(self._chat)
        if not self._signals.warned:
            self._signals.warned = True
            self._screen.show(info_line(QUIT_HINT))
        if self._typist.unpolled:
            self._typist.read()
        self._timers.run(time.monotonic())
        self._hear()
        self._typist.go_on()
        self._take_lines()
        self._send()  # before the screen is drawn, which takes longer
        self._typist.adjust()
        if self._bindings:
            self._bindings.turn()
        self._flush()
        self._console.turn()

    def _interrupt(self, chat: Chat) -> None:
        """Carry out a signal. Ctrl-C first stops a file that is being sent or saved."""
        if self._signals.number == signal.SIGINT and self._transfers.cancel():
            self._signals.spent()
        else:
            chat.interrupted(INTERRUPTED + self._signals.taken())

    # The server

    def _begin(self) -> None:
        address = self._address or self._choice.begin(known_servers(self._options.hosts))
        if address is not None:
            self._connect(address)

    def _choose_server(self, text: str) -> None:
        address = self._choice.answered(text)
        if address is not None:
            self._connect(address)
        elif not self._choice.stands:
            self._status = 0

    def _cannot_start(self, why: str) -> None:
        raise CannotStart(why)

    def _connect(self, address: Address) -> None:
        options, self._address = self._options, address
        own = str(options.certificate or "")
        trust = trust_for(address, options.tls, options.fingerprint, own)
        self._link = ServerConnection(self._loop, self._timers, address, self, trust, own)
        self._transfers.belong_to(Home(address, trust is not None), trust)
        self._link.call()

    def untrusted(self, refusal: Untrusted) -> None:
        """A person may be asked, but only at the beginning: a server that is not the same any more
        is not called again. Raises CannotStart."""
        if self._chat:
            self._chat.give_up(refusal.text)
        elif not (refusal.question and self._person):
            raise CannotStart(refusal.text)
        else:
            self._typist.peek()
            shown = self._link.trust.evidence.shown if self._link and self._link.trust else ""
            note = self._choice.note(self._address, shown)
            question = "\n".join(filter(None, (refusal.question, note)))
            self._trust_question.ask(question, self._typist.waiting)

    def _decide_trust(self, text: str) -> None:
        assert self._link
        assert self._link.trust
        match self._trust_question.answered(text):
            case TrustAnswer.YES:
                if trouble := self._link.trust.accept():
                    self._screen.show(error_line(trouble))
                self._link.call()
            case TrustAnswer.NO:
                self._screen.show(error_line(NOT_TRUSTED))
                self._status = 1
            case TrustAnswer.LEAVE:
                self._status = 0

    def connected(self) -> None:
        """There is a connection: the first one, or a new one after a loss."""
        if self._chat is None:
            services = Services(
                log=_log_writer(self._server_name),
                save=keep_settings,
                sign_in=self._sign_in,
                reconnect=self._reconnect,
                remember=self._remember if self._offers else None,
                paths=paths_beginning,
                transfers=self._transfers,
                keep_login=self._keep_login,
            )
            wishes = self._wishes()
            self._chat = Chat(self._session(), self._screen, wishes, self._settings, services)
            self._transfers.complain = self._chat.context.complain
            self._bindings = Bindings(self._chat, self._console, self._timers)
            self._chat.start()
        else:
            self._chat.presence.calling_again_at = None
            self._chat.start_again(self._session())
            self._reclaim()

    def _reclaim(self) -> None:
        """Request our nickname, now and then again, because it may become free without notice."""
        if self._reclaiming:
            self._reclaiming.cancel()
        if self._chat and self._link and self._link.state is ConnectionState.CONNECTED:
            self._chat.reconnection.standing.reclaim()
            self._reclaiming = self._timers.at(time.monotonic() + RECLAIM_SECONDS, self._reclaim)

    def unreachable(self, error: OSError) -> None:
        """The server cannot be reached, or not any more. Raises CannotStart if it never was."""
        if self._chat is None:
            why = why_not(self._link.address, error) if self._link else str(error)
            if isinstance(error, TlsFailure) or not self._choice.look_around(why):
                raise CannotStart(why)
            self._link = None
            return
        self._has_lost(error.strerror.lower() if error.strerror else str(error))

    def received(self, data: bytes) -> None:
        """Queue bytes from the server until `_hear`, unless they do not matter any more."""
        if self._chat and not self._chat.leaving:
            self._chat.context.session.feed(data)

    @property
    def _lines_wait(self) -> bool:
        connected = self._link is not None and self._link.state is ConnectionState.CONNECTED
        return connected and self._chat is not None and self._chat.context.session.waiting

    def _hear(self) -> None:
        """Process some of the server's lines; more is read when none are left.

        So in a flood, keys are handled soon, and a signal before the next line.
        """
        if self._chat is not None and self._chat.behind:
            self._show_more(self._chat)
            return
        if self._chat is None or self._link is None or not self._lines_wait:
            return
        session, link = self._chat.context.session, self._link
        if self._chat.leaving:
            session.drop()
        answers = session.answers
        self._take_events(LIMITS.lines_per_turn, TURN_SECONDS)
        if session.answers != answers or not session.window_full:
            link.heard()
        if session.state.ready:
            link.welcomed()
        if session.broken:
            link.hang_up(session.broken)
        elif session.waiting:
            link.pause()
        else:
            link.resume()

    def _show_more(self, chat: Chat) -> None:
        """Show what was held back, some in each turn; meanwhile nothing more is read."""
        chat.show_more()
        link = self._link
        if link is not None and link.state is ConnectionState.CONNECTED:
            if chat.behind or chat.context.session.waiting:
                link.pause()
            else:
                link.resume()

    def _take_events(self, lines: int | None = None, seconds: float = math.inf) -> None:
        if self._chat:
            self._chat.context.now = time.time()
            until = time.monotonic() + seconds
            enough = partial(_is_past, until)
            for event in self._chat.context.session.events(lines, enough):
                self._chat.event(event)
                if self._signals.number or (lines is not None and self._chat.behind):
                    return
            while lines is None and self._chat.behind:  # the last words: nothing follows them
                self._chat.show_more()

    def lost(self, reason: str) -> None:
        """The connection has ended. A server may drop a user who is still choosing a nickname; that
        is not a lost connection while the server can be reached.

        If it dropped the connection soon, it had other reasons.
        """
        if self._chat and self._link:
            self._take_events()  # its last words
            if self._chat.unnamed and self._link.age > THINKING_SECONDS:
                self._link.call()
            else:
                self._has_lost(reason)

    def _has_lost(self, reason: str) -> None:
        """Reconnect later, unless the client is ending."""
        if self._chat and self._link:
            self._chat.lost(reason)
            if self._chat.away:
                self._link.call_later()
                pause = self._link.due - time.monotonic()
                self._chat.presence.calling_again_at = time.time() + pause

    def expects(self) -> bool:
        """Whether a silent server is at fault."""
        return self._chat is not None and self._chat.awaiting_server

    def probe(self) -> None:
        """Make the server show that it is still there."""
        if self._chat and self._chat.context.session.state.ready:
            self._chat.context.session.barrier()

    @property
    def _server_name(self) -> str:
        return str(self._link.address) if self._link else ""

    @property
    def _offers(self) -> bool:
        """Whether this is a first run, in which the answers can be saved."""
        config, complete = self._config, self._options.complete
        return self._person and config.offer and not config.profiles and not complete

    def _remember(self, nick: str, room: str) -> str:
        assert self._address is not None
        return keep_answers(self._address, nick, room, self._options.tls)

    def _sign_in(self, password: str) -> None:
        self._password = password
        if self._link:
            self._link.call()

    def _keep_login(self, credentials: Credentials | None) -> None:
        self._credentials = self._transfers.credentials = credentials

    def _reconnect(self) -> None:
        """Reconnect now. If the connection seems to be up, it is given up first."""
        if self._chat and self._link:
            if self._link.state is ConnectionState.CONNECTED:
                self._has_lost("you hung up")
            self._chat.presence.calling_again_at = time.time()
            self._link.call_now()

    def _session(self) -> Session:
        user = user_name()
        return Session(user, user, self._password, self._credentials)

    def _wishes(self) -> StartOptions:
        if self._options.nick:
            nicks: tuple[str, ...] = (self._options.nick,)
        else:
            nicks = () if self._person else tuple(alternatives(user_name()))
        link, secure = (self._link.how, self._link.secure) if self._link else ("", False)
        return StartOptions(nicks, self._options.rooms, self._person, link, secure)

    def _send(self) -> None:
        """Send what the session wants to say, if there is something."""
        if self._chat and self._link and (output := self._chat.context.session.take_output()):
            self._link.say(output)
            self._link.flush()

    def _flush(self) -> None:
        self._send()
        if self._link:
            self._link.flush()
        if self._chat is None or self._link is None:
            return
        if self._transfers.busy:
            self._transfers.turn()
        if self._chat.leaving and self._goodbye is None:
            seconds = INTERRUPTED_SECONDS if self._signals.hasty else GOODBYE_SECONDS
            when = time.monotonic() + seconds
            self._goodbye = self._timers.at(when, self._chat.waited_enough)
        if self._chat.leaving and self._signals.hasty and self._link.flushed:
            self._chat.waited_enough()
        if self._status is None:
            self._status = self._chat.exit_status

    # The person

    def _take_lines(self) -> None:
        waiting = self._typist.waiting
        while self._status is None and self._listening and (entry := self._next_entry()):
            if not entry.pasted:
                waiting.remove(entry)
                self._take(entry)
            elif self._chat is None or self._chat.pasted(entry):
                waiting.remove(entry)
        may_end = self._typist.ended and (self._person or not self._transfers.busy)
        if may_end and not (self._next_entry() or self._typist.behind):
            self._end()

    def _next_entry(self) -> Entry | None:
        """The entry to process next. A hidden answer is only ever used for the question that asked
        for it, and that question accepts nothing else."""
        waiting, secret = self._typist.waiting, bool(self._chat and self._chat.asking_secret)
        while waiting and waiting[0].secret and not secret:
            waiting.popleft()
        asked = self._trust_question
        for entry in waiting:
            if asked.stands and asked.precedes(entry):
                continue
            if entry.secret or not secret:
                return entry
        return None

    @property
    def _listening(self) -> bool:
        """Whether a typed line can be dealt with now. A script's next line waits for its file."""
        if self._chat:
            return self._chat.listening and (self._person or not self._transfers.busy)
        return self._choice.stands or self._trust_question.stands

    def _take(self, entry: Entry) -> None:
        (text,) = entry.lines
        if not self._screen.prompting:
            self._screen.remember(text)
        if self._trust_question.stands:
            self._decide_trust(text)
        elif self._chat is None:
            self._choose_server(text)
        else:
            self._chat.context.now = time.time()
            if entry.where:
                self._chat.typed_at(entry.where, text)
            else:
                self._chat.typed(text)

    def _end(self) -> None:
        if self._link is None or self._trust_question.stands:
            self._screen.give_up()
            self._status = 0
        elif self._chat and self._chat.listening:
            self._chat.ended()
