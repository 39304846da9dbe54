"""What the state of the chat has around it: the log that records every change, the fan-out that
announces it, the time of this tick, the operator's settings, and who wants to know of what.

None of it is state: a snapshot does not contain it, and the server plugs it in.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping
from datetime import UTC, datetime

from chatroom.chat.accounts_port import AccountsPort, NoAccounts
from chatroom.chat.history_port import HistoryPort, NoHistory
from chatroom.chat.levels import Levels
from chatroom.chat.operators_port import AuditPort, NoAudit, NoOperators, OperatorsPort
from chatroom.chat.ports import Recipient
from chatroom.chat.settings import AccountSettings, OperatorSettings, Settings, TlsSettings
from chatroom.chat.state.events import Event
from chatroom.chat.state.fanout_port import FanoutPort
from chatroom.chat.state.model import User
from chatroom.chat.state.monitors import Monitors, at_once
from chatroom.chat.state.read_marks import ReadMarks
from chatroom.chat.state.subscriptions import Subscriptions
from chatroom.chat.tokens_port import NoTokens, TokensPort
from chatroom.wire.capabilities import CAPABILITIES, OPER
from chatroom.wire.client_tags import ClientTags
from chatroom.wire.cloaks import cloaks
from chatroom.wire.message import Message, new_message
from chatroom.wire.names import fold
from chatroom.wire.reference import format_time


def utc_moment(at: float) -> datetime:
    """UTC seconds as a datetime in UTC."""
    return datetime.fromtimestamp(at, UTC)


class Surroundings:
    """The base of `World`.

    It has no clock of its own: `set_time` sets the time, and `local` converts it to local time.
    `on_event` is called with each event that has happened. `in_steps` carries out what an event
    tells in later ticks.
    """

    def __init__(
        self,
        settings: Settings,
        version: str,
        now: float,
        clock: float,
        fanout: FanoutPort,
        log: HistoryPort | None,
        replay: int,
        local: Callable[[float], datetime],
    ) -> None:
        self.version = version
        self.started_text = f"{datetime.fromtimestamp(now, UTC):%Y-%m-%d %H:%M:%S UTC}"
        self.started_clock = clock
        self.fanout = fanout
        self.log: HistoryPort = log or NoHistory()
        self.keeper: AccountsPort = NoAccounts()
        self.tokens: TokensPort = NoTokens()
        self.operator_keeper: OperatorsPort = NoOperators()
        self.audit: AuditPort = NoAudit()
        self.read_marks = ReadMarks(replay)
        self.usage: dict[str, int] = defaultdict(int)  # how often each command was carried out
        self.unsaved: set[Hashable] = set()  # whose change waits for the disk (`output.durable`)
        self.local = local
        self.on_event: Callable[[Event], None] | None = None
        self.on_squatting: Callable[[int, str], None] = lambda _user, _nick: None
        self.on_wrong_password: Callable[[str], float] = lambda _host: 0.0
        self.on_expelled: Callable[[Recipient, str], None] = lambda _session, _why: None
        self.on_released: Callable[[Recipient], None] = lambda _session: None
        self.on_rehash: Callable[[Recipient], None] = lambda _session: None
        self.on_fading: Callable[[str], None] = lambda _room: None
        self.on_timed_ban: Callable[[], None] = lambda: None
        self.on_redaction: Callable[[str, str], object] = lambda _room, _msgid: None
        self.on_back: Callable[[User], None] = lambda _user: None
        self.levels = Levels()
        self.in_steps: Callable[[Iterator[None]], None] = at_once
        self.monitors = Monitors()
        self.subscriptions = Subscriptions(self.monitors)
        self.filehost: Callable[[Recipient], str] = lambda _session: ""
        self.own_url: Callable[[Recipient, str], str] = lambda _session, _path: ""
        self.cloak_of: Callable[[str], str] = cloaks(b"", network_of=lambda host: host)
        self.network_of: Callable[[str], str] = lambda host: host
        self.set_settings(settings)
        self.set_tls(TlsSettings())
        self.set_account_settings(AccountSettings())
        self.set_operator_settings(OperatorSettings())
        self._time_tag: Mapping[str, str] | None = None
        self._common_tags: dict[tuple[str, bool, bool], Mapping[str, str]] = {}
        self.set_time(now, clock)

    # Time

    def set_time(self, now: float, clock: float) -> None:
        """Set the time of this tick: UTC seconds, and seconds on a clock that is never set back.

        The time is rounded to milliseconds, so that the history has the same times that were shown.
        """
        self.now = round(now * 1000) / 1000  # four times as fast as round(now, 3)
        self.clock = clock
        self._time_tag = None
        if self._common_tags:
            self._common_tags = {}

    def count_from(self, text: str, clock: float) -> None:
        """The server was started then, and not in this process."""
        self.started_text, self.started_clock = text, clock

    def time_tag(self, at: float) -> Mapping[str, str]:
        """The `time` tag for that time (IRCv3 server-time); the same object for a whole tick."""
        if at != self.now:
            return {"time": format_time(round(at * 1000))}
        if self._time_tag is None:
            self._time_tag = {"time": format_time(round(at * 1000))}
        return self._time_tag

    def message_from(
        self,
        user: User,
        command: str,
        *params: str,
        at: float,
        tags: Mapping[str, str] | None = None,
    ) -> Message:
        """A message from this user, with the time and perhaps further tags.

        These are the user's account (IRCv3 account-tag), and whether they are a bot (IRCv3
        bot-mode) or an operator of the server (IRCv3 draft/oper-tag).
        """
        special = user.account or user.bot or user.operator
        common = self._tags_of(user, at) if special else self.time_tag(at)
        tags = {**common, **tags} if tags else common
        return new_message((command, params, user.source, tags))

    def _tags_of(self, user: User, at: float) -> Mapping[str, str]:
        """The time with the tags of this user: one object for a whole tick."""
        key = user.account, user.bot, user.operator is not None
        tags = self._common_tags.get(key) if at == self.now else None
        if tags is None:
            account = {"account": user.account} if user.account else {}
            marks = {name: "" for name, holds in ((OPER, key[2]), ("bot", user.bot)) if holds}
            tags = {**self.time_tag(at), **account, **marks}
            if at == self.now:
                self._common_tags[key] = tags
        return tags

    # What the server is

    def set_settings(self, settings: Settings) -> None:
        """Set the operator's settings, which do not belong to the state of the chat."""
        self.settings = settings
        self.client_tags = ClientTags(settings.client_tag_deny)
        self.fanout.server_name = settings.name

    def set_tls(self, tls: TlsSettings, has_tls: bool = False, sts_port: int = 0) -> None:
        """Set the settings for TLS, and whether there is a certificate.

        `sts_port` is the port that clients should use, over TLS only (IRCv3 sts), or 0.
        """
        self.tls = tls
        self.has_tls = has_tls
        self.sts_port = sts_port

    def set_account_settings(self, settings: AccountSettings) -> None:
        """Set the settings for accounts, which do not belong to the state of the chat either."""
        self.account_settings = settings

    def set_operator_settings(self, settings: OperatorSettings) -> None:
        """Set whom the configuration makes operators of the server."""
        self.operator_settings = settings
        self.operator_accounts = {fold(name): name for name in settings.accounts}

    @property
    def keeps_history(self) -> bool:
        """Whether there is a history."""
        return not isinstance(self.log, NoHistory)

    @property
    def has_accounts(self) -> bool:
        """Whether people can have accounts."""
        return not isinstance(self.keeper, NoAccounts)

    @property
    def needs_account(self) -> bool:
        """Whether nobody is let in without an account."""
        return self.has_accounts and self.account_settings.required

    def offers(self, capability: str) -> bool:
        """Whether this server has that capability."""
        row = CAPABILITIES.get(capability)
        return row is not None and (
            (self.keeps_history or not row.needs_history)
            and (self.has_accounts or not row.needs_accounts)
        )

    @property
    def version_token(self) -> str:
        """The version as one word: chatroom-0.1.0."""
        return self.version.lower().replace(" ", "-")
