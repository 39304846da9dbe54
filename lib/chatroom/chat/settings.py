"""The texts with which an operator describes the server. The config file's [server] has the same
names."""

from collections.abc import Mapping
from dataclasses import dataclass, field


def setting(default: str, why: str) -> str:
    """One row. `why` is shown by --print-config."""
    row: str = field(default=default, metadata={"why": why})
    return row


@dataclass(frozen=True, slots=True)
class Settings:
    """All values are text; "" means that there is none."""

    name: str = setting("chatroom.local", "the server's name: letters, digits, dots and hyphens")
    network: str = setting("Chatroom", "the network's name, one word (ISUPPORT NETWORK)")
    description: str = setting("A chat room for everyone here", "a line that WHOIS and LINKS show")
    password: str = setting("", "the password that everyone needs to connect (PASS); empty: none")
    motd: str = setting("", "the message of the day; it may have several lines")
    room: str = setting("general", "the room that people are offered first")
    icon: str = setting("", "the URL of an image that clients may show for this network")
    client_tag_deny: str = setting(
        "", 'tags that clients may not send: "typing,draft/react"; "*,-reply": all but +reply'
    )
    admin_location: str = setting("", "ADMIN: where this server is")
    admin_organisation: str = setting("", "ADMIN: who runs it")
    admin_email: str = setting("", "ADMIN: the e-mail address to write to")


AUTO = "auto"
SECRETS, ALWAYS, NEVER = "secrets", "always", "never"
YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class TlsSettings:
    """[tls]: encryption on the same ports."""

    certificate: str = setting(
        AUTO,
        'PEM file: the certificate and its chain; "auto": one that the server makes; "": no TLS',
    )
    key: str = setting("", "PEM file with its key; empty: it is in the same file")
    required: str = setting(
        SECRETS,
        'what needs TLS, from elsewhere: "secrets": passwords; "always": all; "never": nothing',
    )
    sts: bool = field(
        default=False,
        metadata={
            "why": "tell IRC clients to use TLS only (IRCv3 sts); always on if the system trusts"
            " the certificate"
        },
    )


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """[history]: what is kept of what is said."""

    enabled: bool = field(
        default=True, metadata={"why": "whether to keep a history; false: store nothing"}
    )
    durability: str = setting(
        "process",
        '"process": survives a crash of the server; "power": also a power cut (fsync)',
    )
    replay: int = field(
        default=20,
        metadata={"why": "lines shown on joining a room, unless the client requests the history"},
    )
    keep_days: int = field(default=0, metadata={"why": "days to keep messages; 0: for ever"})
    keep_messages: int = field(
        default=0, metadata={"why": "newest messages to keep in each room; 0: all"}
    )
    backlog: int = field(
        default=10_000, metadata={"why": "messages kept in memory while they cannot be written"}
    )


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """[accounts]: names that belong to people, with passwords."""

    enabled: bool = field(
        default=True, metadata={"why": "whether people can have accounts (needs history.enabled)"}
    )
    registration: bool = field(
        default=True,
        metadata={"why": "whether people can register accounts; false: only the operator can"},
    )
    before_connect: bool = field(
        default=True,
        metadata={"why": "whether IRC clients can register an account before they are let in"},
    )
    custom_names: bool = field(
        default=True,
        metadata={"why": "whether an account may have another name than the person's nickname"},
    )
    required: bool = field(
        default=False, metadata={"why": "whether everybody needs an account to enter"}
    )
    always_on: bool = field(
        default=False,
        metadata={
            "why": "whether people with an account stay in their rooms without a connection,"
            " unless they change it"
        },
    )
    grace: int = field(
        default=0,
        metadata={"why": "seconds for which others may use a registered nickname; 0: they may not"},
    )
    rounds: int = field(
        default=600_000,
        metadata={"why": "rounds of PBKDF2 for the keys of new passwords; only tests need fewer"},
    )


@dataclass(frozen=True, slots=True)
class ProxySettings:
    """[proxies]: programs through which others' connections come."""

    proxy_protocol: tuple[str, ...] = field(
        default=(),
        metadata={"why": "addresses and networks of proxies that send a PROXY header first"},
    )
    webirc: Mapping[str, str] = field(
        default_factory=dict,
        metadata={
            "why": 'web gateways (WEBIRC): { "192.0.2.7" = HASH };'
            " `chatroom-server password` makes the HASH"
        },
    )


@dataclass(frozen=True, slots=True)
class WebSettings:
    """[web]: HTTP on the same ports."""

    enabled: bool = field(
        default=True, metadata={"why": "whether browsers and curl are served; false: 404 to all"}
    )
    hosts: tuple[str, ...] = field(
        default=(),
        metadata={"why": 'more names of this server in URLs, such as ["chat.example.org"]'},
    )
    url: str = setting(
        "", "the URL where people find the page, if a proxy has another one than this server"
    )
    origins: tuple[str, ...] = field(
        default=(),
        metadata={"why": "other sites whose pages may use this server, such as web IRC clients"},
    )
    trusted_proxies: tuple[str, ...] = field(
        default=(),
        metadata={"why": "addresses and networks of proxies whose X-Forwarded-For is believed"},
    )


@dataclass(frozen=True, slots=True)
class MonitoringSettings:
    """[monitoring]: /metrics, /healthz and /readyz."""

    allow: tuple[str, ...] = field(
        default=("127.0.0.0/8", "::1/128", "unix"),
        metadata={
            "why": "addresses and networks that may see /metrics, /healthz and /readyz without the"
            " token"
        },
    )
    token: str = setting("", "the token with which others may see them, too; empty: nobody else")


@dataclass(frozen=True, slots=True)
class FileSettings:
    """[files]: what people upload. Sizes are in MB, of a million bytes; 0 means no such limit."""

    enabled: bool = field(default=True, metadata={"why": "whether people can upload files"})
    guests: bool = field(
        default=False, metadata={"why": "whether people without an account can upload, too"}
    )
    size: int = field(default=100, metadata={"why": "the largest file, in MB"})
    quota: int = field(
        default=2_000, metadata={"why": "the files of one account, in MB; 0: no limit"}
    )
    total: int = field(default=20_000, metadata={"why": "all files, in MB; 0: no limit"})
    keep_free: int = field(
        default=1_000, metadata={"why": "MB that stay free on the disk; 0: fill it up"}
    )
    retention: int = field(default=0, metadata={"why": "days to keep files; 0: for ever"})


@dataclass(frozen=True, slots=True)
class LanSettings:
    """[lan]: how people on the local network find the server."""

    announce: str = setting(
        AUTO,
        'announce the server by mDNS: "auto": if others can connect; "yes": warn if it fails; "no"',
    )
    name: str = setting(
        "", "the name that is announced; empty: server.network and the machine's name"
    )
    qr: bool = field(
        default=True,
        metadata={"why": "show the web page's address as a QR code if the log is a terminal"},
    )


@dataclass(frozen=True, slots=True)
class OperatorSettings:
    """[operators]: the people who run the server."""

    accounts: tuple[str, ...] = field(
        default=(),
        metadata={"why": 'accounts whose owners are operators of the server, such as ["alice"]'},
    )
    passwords: Mapping[str, str] = field(
        default_factory=dict,
        metadata={"why": "for OPER: { root = HASH }; `chatroom-server password` makes the HASH"},
    )
    class_of: Mapping[str, str] = field(
        default_factory=dict,
        metadata={"why": 'the class of an account or of a name for OPER; the others have "all"'},
    )
    classes: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata={"why": 'what a class may do: { helper = ["kill", "ban", "see"] }'},
    )


@dataclass(frozen=True, slots=True)
class RoomSettings:
    """[rooms]"""

    permanent: tuple[str, ...] = field(
        default=("general",),
        metadata={"why": "rooms that keep topic, modes and bans while nobody is in them"},
    )
    operators: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata={
            "why": 'people who become operators on entering: { general = ["alice!*@192.0.2.7"] }'
        },
    )
    owners: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict,
        metadata={"why": 'accounts that own permanent rooms: { general = ["teacher"] }'},
    )
