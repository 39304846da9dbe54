"""Connects the parts of the ui: passes to them what is typed, what the server says, and when the
connection is lost.

Sans I/O: the loop calls `typed`, `event`, `ended` and `interrupted`; the results are on the screen,
in the session's output, and at last in `exit_status`.
"""

from collections import deque
from collections.abc import Sequence

from chatroom.client.config.settings import SettingError, Settings
from chatroom.client.errors import CommandError, ServiceError, Unheard, Unknown
from chatroom.client.files.encoding import trouble
from chatroom.client.files.privacy import memorable
from chatroom.client.protocol import events
from chatroom.client.protocol.events import Event
from chatroom.client.protocol.session import TYPING_LABEL, NotConnected, Session
from chatroom.client.ui.accounts import Accounts
from chatroom.client.ui.arrival import Arrival
from chatroom.client.ui.buffers import EMPTY, Buffer, Draft
from chatroom.client.ui.commands.base import Tools
from chatroom.client.ui.commands.table import run
from chatroom.client.ui.composer import Composer
from chatroom.client.ui.context import Context
from chatroom.client.ui.departure import Departure
from chatroom.client.ui.display import Display
from chatroom.client.ui.entries import (
    Entry,
    escaped,
    is_command,
    is_leaving_word,
    leaves,
    unescaped,
)
from chatroom.client.ui.files import Files
from chatroom.client.ui.offers import Offers
from chatroom.client.ui.onboarding import Onboarding
from chatroom.client.ui.outbox import Outbox
from chatroom.client.ui.ports import Screen, Services
from chatroom.client.ui.presence import Presence
from chatroom.client.ui.read_markers import ReadMarkers
from chatroom.client.ui.reconnect import PROMISE, Reconnection
from chatroom.client.ui.scrollback import Scrollback
from chatroom.client.ui.search import SearchPager
from chatroom.client.ui.service_answers import ServiceAnswers
from chatroom.client.ui.stage import Stage, StartOptions
from chatroom.client.view.lines import Line, error_line
from chatroom.text.display import explain, visible
from chatroom.wire.message import Message, ProtocolError

HINT = "/help lists the commands, /quit leaves."

SHOWN_AT_ONCE = 100
"""Events that are shown before keys are handled again; a long message takes a millisecond."""


class Chat:
    """One run of the client, from the first question to the exit status."""

    def __init__(
        self,
        session: Session,
        screen: Screen,
        wishes: StartOptions,
        settings: Settings | None = None,
        services: Services | None = None,
    ) -> None:
        context = Context(
            session, screen, wishes.person, settings or Settings(), services or Services()
        )
        context.link, context.secure = wishes.link, wishes.secure
        self.context = context
        self.offers = Offers(screen.show)
        self.scrollback = Scrollback(context)
        self.display = Display(context, self.scrollback)
        self.catch_up = self.scrollback.catch_up
        receipts = self.catch_up.receipts
        self.presence = Presence(context, self.display, self.offers)
        self.read_markers = ReadMarkers(context, self.display)
        self.scrollback.read_upto = self.read_markers.upto
        self.display.switching = self._switching
        self.search = SearchPager(context)
        self.onboarding = Onboarding(context, self.display, self.offers)
        self.services = ServiceAnswers(context)
        self.outbox = Outbox(context, self.display, self.offers)
        self.departure = Departure(
            context, self.read_markers, self.outbox, lambda: self.search.searching
        )
        self.arrival = Arrival(context, wishes, self.departure.leave)
        self.accounts = Accounts(context, self.services, self.arrival.named, self.arrival.next_nick)
        self.composer = Composer(
            context, self.display, self.presence, receipts, self.outbox, self.event
        )
        self.files = Files(context, self.offers, self.composer.announce)
        self.display.files = self.files.shown
        self.reconnection = Reconnection(
            context, self.display, self.presence, receipts, self.outbox
        )
        session.sending = self.reconnection.sent
        self._wishes = wishes
        self._last_words = ""
        self._hinted = not wishes.person
        self._unshown: deque[Event] = deque()

    # Questions of the loop

    @property
    def listening(self) -> bool:
        """Whether a typed line can be dealt with now."""
        return (
            self.context.asking
            or self.context.stage is Stage.AWAY
            or (self.context.connected and not self.context.session.window_full)
        )

    @property
    def exit_status(self) -> int | None:
        """The exit status, once the run has ended."""
        return self.departure.exit_status

    @property
    def asking_secret(self) -> bool:
        """Whether a question with a hidden answer is being asked."""
        return self.context.stage is Stage.SIGNING_IN or self.context.asks_password

    @property
    def settled_in(self) -> bool:
        """Whether the prompt has something to show, because there has been a room."""
        known = self.context.stage in (Stage.CHATTING, Stage.AWAY, Stage.RETURNING)
        return known or bool(self.display.here)

    @property
    def arriving(self) -> bool:
        """Whether the first rooms are being entered."""
        return self.context.stage is Stage.JOINING

    @property
    def awaiting_server(self) -> bool:
        """Whether a silent server is at fault."""
        return self.context.stage not in (Stage.NAMING, Stage.SIGNING_IN)

    @property
    def away(self) -> bool:
        """Whether the connection is lost, and a new one is wanted."""
        return self.context.stage is Stage.AWAY

    @property
    def unnamed(self) -> bool:
        """Whether the person is still choosing the first nickname, so that nothing can be lost."""
        return self.context.stage is Stage.NAMING and not self.context.session.state.nick

    @property
    def leaving(self) -> bool:
        """Whether QUIT has been sent."""
        return self.context.stage is Stage.LEAVING

    # News from the loop

    def start(self) -> None:
        """The first connection is there."""
        self.context.session.open()
        self.arrival.next_nick()

    def start_again(self, session: Session) -> None:
        """Another connection has replaced a lost one."""
        self.context.session = session
        session.sending = self.reconnection.sent
        self.reconnection.standing.attach(session)
        self.scrollback.attach(session)
        self.search = SearchPager(self.context)
        self._last_words = ""
        self.presence.lost()
        self.composer.forget()
        if self.context.away:
            self.reconnection.call()
            return
        self.context.session.open()
        self.arrival.again()

    def typed_at(self, where: Buffer, text: str) -> None:
        """A line was typed in a conversation that may not be the current one any more."""
        if self.context.asks_password:
            self.typed(text)
        elif self.context.stage in (Stage.CHATTING, Stage.AWAY) and self._can_be_sent(text):
            self._line(text, where)

    def _can_be_sent(self, text: str) -> bool:
        """Whether the line is text; if not, the person is told why."""
        # NUL, and the characters that replace bytes that are not UTF-8, are not printable.
        wrong = "" if text.isprintable() else trouble(text, typed=self._wishes.person)
        if wrong:
            self.context.complain(f"That line was not sent: it is {wrong}")
        return not wrong

    def typed(self, text: str) -> None:
        """A line was typed."""
        if not self._can_be_sent(text):
            return
        if self.context.asks_password:
            self._password(text)
            return
        if self.context.stage in (Stage.CHATTING, Stage.AWAY):
            self._line(text, None)
            return
        self.context.screen.answered(text)
        if self.context.stage is Stage.SIGNING_IN:
            self._sign_in(text)
        elif leaves(text):
            self.departure.leave()
        elif self.context.stage is Stage.NAMING:
            self.arrival.named(text.strip())
        else:
            self.arrival.chose(text)

    def _password(self, text: str) -> None:
        try:
            self.accounts.answered(text)
        except (CommandError, NotConnected, ProtocolError) as error:
            self.context.complain(str(error))

    def pasted(self, entry: Entry) -> bool:
        """Send a pasted text, or a part of it. Returns whether nothing is left."""
        self.display.echoed = False
        try:
            return self.composer.paste(entry)
        except (CommandError, NotConnected, ProtocolError) as error:
            self.context.complain(str(error))
            self._put_back(entry.lines[entry.sent :], entry.where, text=True)
            return True

    def ended(self) -> None:
        """There will be no more input, and all of it has been processed."""
        if self.exit_status is None and self.context.stage not in (Stage.SETTLING, Stage.LEAVING):
            self.departure.leave()

    def interrupted(self, status: int) -> None:
        """Ctrl-C: send QUIT at once; the second time, do not even wait until it is sent."""
        self.departure.interrupted(status)

    def lost(self, reason: str) -> None:
        """The connection is lost. A person gets another one, unless the client is ending."""
        if self.departure.has_ended():
            return
        if self.context.stage is Stage.SIGNING_IN:
            return  # nothing was to be had without the password
        self.accounts.lost()
        self.services.lost()
        self.read_markers.lost()
        why = f"The connection is lost: {self._last_words or visible(reason)}"
        if not (self._wishes.person and self.reconnection.possible):
            self.give_up(why)
            return
        if not self.context.away:
            self.context.screen.give_up()
        self._show(*self.catch_up.lost())
        if not self.context.away:
            self.context.screen.show(error_line(f"{why}. {PROMISE}"))
        self.reconnection.begin()
        self.composer.forget()
        self.context.stage = Stage.AWAY

    def give_up(self, why: str) -> None:
        """End, because there is nobody to talk to any more."""
        self.departure.give_up(why)

    def waited_enough(self) -> None:
        """End: the server has not closed the connection after QUIT, or need not."""
        self.departure.waited_enough()

    def event(self, event: Event) -> None:
        """Something came from the server, or was said here."""
        if isinstance(event, events.Said):  # the most of what comes, and only these care for it
            if event.notice and self.services.hears(event):
                return
            self.presence.event(event)
            self._show(*self.catch_up.take(event))
        else:
            self._hear(event)

    def _hear(self, event: Event) -> None:
        if isinstance(event, events.Refusal) and _unasked(event.message):
            return
        if isinstance(event, events.MarkedRead):
            self.read_markers.told(event)
            return
        self.catch_up.heard(event)
        if isinstance(event, events.Left | events.Kicked) and event.own:
            self.scrollback.left(event.room)
        self.presence.event(event)
        self.composer.heard(event)
        hidden = (
            self.reconnection.hides(event)
            or self.onboarding.explains(event)
            or self.accounts.hides(event)
            or self._needs_no_list(event)
        )
        self.reconnection.standing.heard(event)
        self.accounts.heard(event)
        told = self.scrollback.refused(event) if isinstance(event, events.Refusal) else None
        if told is not None and not told:
            return
        if not hidden:
            self._show(*(told or self.catch_up.take(event)))
        self._act_on(event)

    def _needs_no_list(self, event: Event) -> bool:
        """Whether these are the rooms to choose from, and the person is in one already."""
        listed = isinstance(event, events.RoomsListed)
        return listed and self.context.stage is Stage.LISTING and bool(self.display.here)

    def _act_on(self, event: Event) -> None:
        """Do what an event asks for, once it is shown."""
        match event:
            case events.NickRefused() if self.context.away:
                if not self.reconnection.next_nick():
                    nick = visible(self.reconnection.standing.nick)
                    self.give_up(f"Every nickname like {nick} is taken")
            case events.Ready() if self.context.away:
                self.context.stage = Stage.RETURNING
                self.reconnection.welcomed()
            case events.NickRefused(message):
                if not self.accounts.wants_password(message):
                    self.arrival.next_nick()
            case events.Ready():
                self.arrival.welcomed()
            case events.Settled() if (
                not self.context.session.window_full
            ):  # else we asked for more since
                self.display.answered()
                self._show(*self.scrollback.answered())
                self._settled()
            case events.RoomEntered():
                self._entered(event)
            case events.Left(own=True) | events.Kicked(own=True):
                self.display.left(event.room)
            case events.HistoryPage() if not self.leaving:
                self._show(*self.display.page(event))
            case events.Found() if not self.leaving:
                self.search.found(event, self.display.place)
                self.departure.searched()
            case events.Refusal(message) if self.onboarding.wants_password(message):
                self.context.stage = Stage.SIGNING_IN
            case events.Refusal():
                self.context.failed = True
                self.search.refused(event.message)
                self.departure.searched()
            case events.Delivered(label, msgid):
                self.composer.delivered(label, msgid)
            case events.Closed():
                self._last_words = explain(event.message)

    def _show(self, *shown: Event) -> None:
        self._unshown.extend(shown)
        self.show_more()

    @property
    def behind(self) -> bool:
        """Whether `show_more` has something to do, before the next event."""
        return bool(self._unshown)

    def show_more(self) -> None:
        """Show some of the queued events. Thousands may have been held back for a page of history,
        and keys have to be handled in between."""
        for _ in range(min(len(self._unshown), SHOWN_AT_ONCE)):
            event = self._unshown.popleft()
            if not self.leaving:
                self.display.show(event)

    # The way in

    def _sign_in(self, password: str) -> None:
        if self.onboarding.sign_in(password):
            self.context.stage = Stage.AWAY if self.context.away else Stage.REGISTERING

    def _settled(self) -> None:
        if self.context.stage is Stage.RETURNING:
            self._back()
        elif self.context.stage in (Stage.LISTING, Stage.JOINING):
            if not self.display.here:  # somebody who is always on is in their rooms already
                self.arrival.choose_room()
                return
            self.context.stage = Stage.CHATTING
            self.onboarding.offer()
        elif self.context.stage is Stage.SETTLING:
            self.departure.settled()

    def _back(self) -> None:
        """We are back in the rooms that let us in."""
        self.reconnection.arrived()
        if not self.display.buffers.all:
            self.arrival.welcomed()
            return
        self.context.stage = Stage.CHATTING
        self.outbox.offer(self.composer.send)

    def _entered(self, event: events.RoomEntered) -> None:
        if not self.context.away:
            self.display.entered(event.room)
        if not self._hinted:
            self._hinted = True
            self.context.screen.show(Line(HINT))
        self.scrollback.entered(event)

    # In the room

    def _switching(self) -> None:
        self.presence.edited("")
        self.read_markers.seen()
        self.read_markers.send()

    @property
    def _tools(self) -> Tools:
        return Tools(
            self.context,
            self.display,
            self.composer,
            self.scrollback,
            self.search,
            self.offers,
            self.accounts,
            self.services,
            self.files,
            lambda farewell: self.departure.leave(farewell=farewell),
        )

    def _line(self, text: str, where: Buffer | None) -> None:
        self.display.echoed = False
        try:
            if is_command(text):
                with self.display.at(where):
                    self._carry_out(text)
                self.read_markers.seen()
            elif text.strip() and not (self.offers.standing and self.offers.takes(text)):
                self.composer.say(unescaped(text), where=where)
        except Unheard as error:
            self.display.echo(text)
            self.context.complain(str(error))
            self._put_back([text], where)
        except Unknown as error:
            self.display.echo(text)
            hint = f" To send it as text: /{text}" if memorable(text) else ""
            self.context.complain(f"{error}{hint}")
        except (CommandError, NotConnected, ProtocolError, ServiceError, SettingError) as error:
            self.display.echo(text)
            self.context.complain(str(error))

    def _carry_out(self, text: str) -> None:
        if is_leaving_word(text):
            self.departure.leave()
        else:
            run(self._tools, text)

    def _put_back(self, lines: Sequence[str], where: Buffer | None, text: bool = False) -> None:
        """Put lines that could not be sent back into the input line, or into their conversation's
        draft."""
        if where in (None, self.display.buffers.current):
            self.context.screen.put_back(lines, text)
        elif where and where.draft == EMPTY and len(lines) == 1:
            where.draft = Draft(escaped(lines[0]) if text else lines[0])


def _unasked(message: Message) -> bool:
    """Whether something was refused that the client has sent by itself: a typing notification, or
    how far the person has read. They have said nothing, and are not told."""
    return message.tags.get("label") == TYPING_LABEL or message.params[:1] == ("MARKREAD",)
