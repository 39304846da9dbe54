"""The limits: one row each, with name, default and comment. The config file's [limits] has the same
names."""

from dataclasses import dataclass, field


def limit(default: int, why: str) -> int:
    """One row. `why` is shown by --print-config."""
    row: int = field(default=default, metadata={"why": why})
    return row


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are in characters unless stated otherwise, times in seconds."""

    nickname: int = limit(30, "characters in a nickname (ISUPPORT NICKLEN)")
    username: int = limit(18, "characters in the user name in nick!user@host (ISUPPORT USERLEN)")
    realname: int = limit(150, "characters in the real name that WHOIS shows")
    room_name: int = limit(50, "characters in a room's name, including # (ISUPPORT CHANNELLEN)")
    topic: int = limit(390, "characters in a topic (ISUPPORT TOPICLEN); the line holds 512 bytes")
    key: int = limit(32, "characters in a room's key (ISUPPORT KEYLEN)")
    reason: int = limit(300, "characters in a reason for leaving or kicking (ISUPPORT KICKLEN)")
    away: int = limit(200, "characters in an away message (ISUPPORT AWAYLEN)")
    rooms_per_user: int = limit(50, "rooms that a user may be in (ISUPPORT CHANLIMIT)")
    list_entries: int = limit(100, "entries in each list of a room: bans, exceptions (MAXLIST)")
    mode_changes: int = limit(12, "mode changes with a parameter in one line (ISUPPORT MODES)")
    targets: int = limit(8, "targets of one PRIVMSG, KICK, LIST, WHOIS, ... (ISUPPORT TARGMAX)")
    rooms_at_once: int = limit(25, "rooms of one JOIN or PART (ISUPPORT TARGMAX)")
    chathistory: int = limit(500, "messages of one CHATHISTORY (ISUPPORT CHATHISTORY)")
    monitor: int = limit(100, "nicknames that one connection may watch (ISUPPORT MONITOR)")
    whowas: int = limit(1000, "nicknames that WHOWAS remembers")
    lines_per_tick: int = limit(12, "lines read from one connection before the others get a turn")
    flood_burst: int = limit(
        40, "cost of the commands that a user may send at once; a message costs 1"
    )
    flood_rate: int = limit(
        4, "cost allowed per second after that; the rest is delayed. 0: no limit"
    )
    flood_time: int = limit(10, "milliseconds of the server's time that cost as much as a message")
    multiline_bytes: int = limit(8192, "bytes in a message of several lines (draft/multiline)")
    multiline_lines: int = limit(100, "lines in a message (draft/multiline)")
    outbox: int = limit(
        1_048_576,
        "bytes that may wait for a slow reader; with 8 times as many it is dropped at once",
    )
    slow_reader: int = limit(20, "seconds after which a reader with more bytes waiting is dropped")
    registration: int = limit(60, "seconds to register before the connection is closed")
    idle_ping: int = limit(90, "seconds of silence before an IRC client is sent a PING")
    ping_timeout: int = limit(60, "seconds to answer that PING before the connection is closed")
    per_address: int = limit(20, "connections from one IPv4 address or IPv6 /64. 0: no limit")
    accounts_per_address: int = limit(
        10, "accounts registered from one address in an hour. 0: no limit"
    )
    tries_per_address: int = limit(
        2, "wrong passwords in a row from one address before the next tries have to wait"
    )
    tries_per_account: int = limit(
        5,
        "the same for an account or operator, except where its owner has logged in before",
    )
    connections_per_account: int = limit(
        50, "connections that are logged in to one account at once. 0: no limit"
    )
    joins: int = limit(
        120, "rooms that an address or an account may join in a minute before delays. 0: no limit"
    )
    lines: int = limit(
        2400, "cost of the lines of an address or an account in a minute before delays. 0: no limit"
    )
    bytes: int = limit(
        2_000_000, "bytes from an address or an account in a minute before delays. 0: no limit"
    )
    nick_changes: int = limit(20, "changes of the nickname in a minute before delays. 0: no limit")
    searches: int = limit(60, "searches in the history in a minute before delays. 0: no limit")
    knocks: int = limit(2, "knocks (KNOCK) of one person in a minute. 0: no limit")
    knocks_per_room: int = limit(5, "knocks at one room in a minute. 0: no limit")
    server_bans: int = limit(20_000, "bans from the server (KLINE and DLINE) in total")
    certificates: int = limit(10, "certificates that may log in to an account (SASL EXTERNAL)")
    rooms_per_account: int = limit(20, "rooms that an account may register, or accept from others")
    waiting: int = limit(
        200,
        "messages from one person that may wait for another; ten times as many from all. 0: none",
    )
    markers: int = limit(
        500, "conversations for which an account's read markers are kept (draft/read-marker)"
    )
    metadata_keys: int = limit(
        20, "keys of metadata of one person, or of one room (draft/metadata-3: max-keys). 0: none"
    )
    metadata_key: int = limit(64, "bytes in a key of metadata (max-key-bytes)")
    metadata_value: int = limit(300, "bytes in a value of metadata (max-value-bytes)")
    metadata_subscriptions: int = limit(
        50, "keys of metadata to which one connection may subscribe (max-subs)"
    )
    always_on: int = limit(
        1000, "users who stay in their rooms without a connection (accounts.always_on). 0: none"
    )
    request: int = limit(
        20, "seconds for the head of an HTTP request, and for each 10,000 bytes of its body"
    )
    keep_alive: int = limit(15, "seconds that an HTTP connection waits for the next request")
    requests: int = limit(1000, "HTTP requests on one connection")
    descriptors_reserved: int = limit(
        80, "file descriptors reserved for files, not used for connections"
    )
    goodbye: int = limit(3, "seconds that a stopping server waits for slow readers")
