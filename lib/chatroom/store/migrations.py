"""The schema as a list of migrations: append only. Step n migrates a database from version n-1 to
n.

Each step runs in one transaction; the version is SQLite's `user_version`.
"""

VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE room (
    id INTEGER PRIMARY KEY,
    folded TEXT NOT NULL UNIQUE,       -- the name under which it is found (casemapping)
    name TEXT NOT NULL,                -- the name as it is shown
    sealed INTEGER NOT NULL DEFAULT 0, -- nobody may read what is older, UTC milliseconds
    state TEXT                         -- a permanent room's topic, modes and lists, as JSON
);

CREATE TABLE sender (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,              -- nick!user@host
    account TEXT NOT NULL DEFAULT '',  -- for when there are accounts
    UNIQUE (source, account)
);

CREATE TABLE message (
    id INTEGER PRIMARY KEY,            -- the msgid's number
    room INTEGER NOT NULL,
    at INTEGER NOT NULL,               -- UTC milliseconds; with the id it is the order
    sender INTEGER NOT NULL,
    command INTEGER NOT NULL,          -- an index into rows.COMMANDS
    text TEXT NOT NULL,                -- the last parameter of (room, text)
    more TEXT                          -- JSON: other parameters, tags, a foreign msgid; mostly NULL
);
CREATE INDEX message_room_at ON message (room, at);

CREATE TABLE foreign_msgid (           -- of messages that were imported
    msgid TEXT PRIMARY KEY,
    message INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE conversation (            -- private talk between two accounts, once there are some
    id INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,             -- its messages are stored under this room
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    UNIQUE (one, other)
);
"""

VERSION_2 = """
CREATE INDEX foreign_msgid_message ON foreign_msgid (message); -- retention deletes by the number
"""

VERSION_3 = """
DROP INDEX message_room_at;
-- Two that share the rows: rows.SAID and rows.EVENT.
CREATE INDEX message_said ON message (room, at) WHERE (command < 2 OR command = 10);
CREATE INDEX message_event ON message (room, at) WHERE (command > 1 AND command <> 10);
"""

VERSION_4 = """
-- UTC milliseconds that the clock said, where it was set back: `at` is the order, and never falls.
ALTER TABLE message ADD COLUMN told INTEGER;
CREATE INDEX message_told ON message (room, told) WHERE told IS NOT NULL;
"""

VERSION_5 = """
CREATE INDEX message_reaction ON message (room, at) WHERE command = 9; -- rows.REACTED
"""

VERSION_6 = """
CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    folded TEXT NOT NULL UNIQUE,       -- the name under which it is found (casemapping)
    name TEXT NOT NULL,                -- the name as it is shown
    created INTEGER NOT NULL,          -- UTC milliseconds
    suspended INTEGER NOT NULL DEFAULT 0, -- since then, UTC milliseconds; 0: it is not
    reason TEXT NOT NULL DEFAULT '',
    flags TEXT NOT NULL DEFAULT '{}',  -- JSON
    salt BLOB,                         -- SCRAM-SHA-256 (RFC 5802); NULL: it has no password
    rounds INTEGER,
    stored BLOB,
    server BLOB
);

CREATE TABLE account_certificate (     -- what EXTERNAL logs in with
    fingerprint TEXT PRIMARY KEY,      -- SHA-256, in small hexadecimal
    account INTEGER NOT NULL,
    added INTEGER NOT NULL             -- UTC milliseconds
) WITHOUT ROWID;
CREATE INDEX account_certificate_account ON account_certificate (account);
"""

VERSION_7 = """
-- Conversations are rooms that are named by the numbers of two accounts: =3=7. By either of them:
CREATE INDEX room_lower ON room (substr(folded, 2, instr(substr(folded, 2), '=') - 1))
    WHERE folded >= '=' AND folded < '>';
CREATE INDEX room_higher ON room (substr(folded, instr(substr(folded, 2), '=') + 2))
    WHERE folded >= '=' AND folded < '>';
"""

VERSION_8 = """
CREATE TABLE server_ban (              -- KLINE and DLINE
    id INTEGER PRIMARY KEY,            -- the order
    key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL                -- JSON: the values of ServerBan
);
"""

VERSION_9 = """
CREATE TABLE read_marker (             -- up to when people have read, as their clients say
    account INTEGER NOT NULL,
    conversation TEXT NOT NULL,        -- a room's folded name, a log of two accounts, or a nickname
    at INTEGER NOT NULL,               -- UTC milliseconds
    PRIMARY KEY (account, conversation)
) WITHOUT ROWID;

CREATE TABLE always_on (               -- users who stay without a connection
    account INTEGER PRIMARY KEY,
    state TEXT NOT NULL                -- JSON: nickname, rooms, ranks
);
"""

VERSION_10 = """
CREATE TABLE file (                    -- what people have uploaded; see store/files
    number INTEGER PRIMARY KEY AUTOINCREMENT, -- the order; never given again
    id TEXT NOT NULL UNIQUE,           -- random, in the address: who knows it may read the file
    digest TEXT NOT NULL,              -- SHA-256 of the content, in small hexadecimal: its place
    name TEXT NOT NULL,
    type TEXT NOT NULL,                -- the content type that its first bytes show
    size INTEGER NOT NULL,             -- bytes
    at INTEGER NOT NULL,               -- UTC milliseconds
    account INTEGER NOT NULL,          -- the uploader's number; 0: a guest
    host TEXT NOT NULL DEFAULT ''      -- of a guest
);
CREATE INDEX file_digest ON file (digest);
CREATE INDEX file_account ON file (account, size);
"""

VERSION_11 = """
CREATE TABLE token (                   -- by which programs and browsers use an account
    id INTEGER PRIMARY KEY AUTOINCREMENT, -- never given again
    digest BLOB NOT NULL UNIQUE,       -- SHA-256 of the token, which is not stored
    account INTEGER NOT NULL,
    kind TEXT NOT NULL,                -- wire.tokens: API, DEVICE, HOOK
    name TEXT NOT NULL,
    folded TEXT NOT NULL,
    rooms TEXT NOT NULL,               -- JSON: folded names; [] for all
    scope TEXT NOT NULL,               -- wire.tokens.SCOPES
    created INTEGER NOT NULL,          -- UTC milliseconds
    used INTEGER NOT NULL DEFAULT 0,
    host TEXT NOT NULL DEFAULT '',     -- that used it last
    agent TEXT NOT NULL DEFAULT '',    -- a browser's name of itself; a hook's template
    UNIQUE (account, folded)
);
"""

VERSION_12 = """
CREATE TABLE said_once (               -- what requests with an Idempotency-Key said; store/once.py
    number INTEGER PRIMARY KEY,        -- the order
    key TEXT NOT NULL,                 -- a hash of the account and the key
    request TEXT NOT NULL,             -- a hash of what was asked
    part INTEGER NOT NULL,             -- which of the request's messages
    message INTEGER NOT NULL,          -- its number
    at INTEGER NOT NULL                -- its time, UTC milliseconds
);
CREATE INDEX said_once_key ON said_once (key);

CREATE TABLE redaction (               -- the latest ones, in their order; store/redactions.py
    number INTEGER PRIMARY KEY,
    room INTEGER NOT NULL,
    message INTEGER NOT NULL,          -- the deleted message's number
    msgid TEXT NOT NULL,               -- by which it is known
    place INTEGER NOT NULL,            -- its place, UTC milliseconds
    at INTEGER NOT NULL,               -- when it was deleted: after every message up to here
    after INTEGER NOT NULL
);
CREATE INDEX redaction_room ON redaction (room, number);
CREATE INDEX redaction_room_at ON redaction (room, at, after);
"""

VERSION_13 = """
CREATE TABLE account_metadata (        -- display names and the like (IRCv3 draft/metadata-3)
    account INTEGER PRIMARY KEY,
    state TEXT NOT NULL                -- JSON: values by key
);
"""

MIGRATIONS = (
    *(VERSION_1, VERSION_2, VERSION_3, VERSION_4),
    *(VERSION_5, VERSION_6, VERSION_7, VERSION_8),
    *(VERSION_9, VERSION_10, VERSION_11, VERSION_12),
    VERSION_13,
)
