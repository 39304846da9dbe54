"""Whoever adds an attribute has to say what an upgrade does with it: each class that has state has
a row here, and each of its attributes is either moved, or left behind for a reason."""

import ast
import inspect
import textwrap

import pytest

from chatroom.chat.client_batches import OpenBatch
from chatroom.chat.levels import Levels
from chatroom.chat.login import Login
from chatroom.chat.output.fanout import Fanout
from chatroom.chat.session import Session
from chatroom.chat.state.monitors import Monitors
from chatroom.chat.state.read_marks import ReadMarks
from chatroom.chat.state.subscriptions import Subscriptions
from chatroom.chat.state.taken import Taken
from chatroom.chat.state.world import World
from chatroom.net.connection import Connection
from chatroom.server.account_keeper import AccountKeeper
from chatroom.server.admission import Admission, Arrivals, _Address
from chatroom.server.callbacks import Callbacks
from chatroom.server.doors.gateway import GatewayDoor
from chatroom.server.doors.greeter import Greeter
from chatroom.server.doors.http import HttpDoor
from chatroom.server.doors.irc import IrcDoor
from chatroom.server.doors.plain.door import PatientLines, PlainDoor
from chatroom.server.doors.plain.memory import Memory
from chatroom.server.doors.plain.telnet import TelnetFilter
from chatroom.server.doors.plain.words import Prose
from chatroom.server.doors.proxied import ProxiedDoor
from chatroom.server.doors.websocket import WebSocketDoor
from chatroom.server.gateway_keeper import GatewayKeeper
from chatroom.server.guard import Guard
from chatroom.server.operator_keeper import OperatorKeeper
from chatroom.server.server import Server
from chatroom.server.token_keeper import TokenKeeper
from chatroom.server.web.browsers import Browsers
from chatroom.server.web.exchange import Exchange
from chatroom.wire.lines import LineBuffer
from chatroom.wire.sasl import Chunks
from chatroom.wire.scram import ServerExchange
from chatroom.wire.websocket import WebSocketLines

PART = "a part, which has a row of its own here, or files"
OWN = "a collaborator of this process, or a function"
DERIVED = "follows from what is moved"
QUIET = "has its usual value when nothing is under way"
CONFIG = "from the configuration, which the new process reads"
CACHE = "made again when it is needed"
COUNTED = "a figure of this process: whoever watches it expects that it begins again"

Left = dict[str, str]
"""Attribute -> why it is left behind."""


DOOR_MOVED = (
    "arrival arrived_at ended heard_at heard_with lines proof_awaited proof_due throttled timer"
    " unpaid"
)
DOOR_LEFT = {
    **dict.fromkeys(["connection", "session", "host"], OWN),
    **dict.fromkeys(["holding", "progress"], QUIET),
}

ROWS: dict[type, tuple[str, Left]] = {
    Session: (
        "allowance allowance_at away away_at batch cap_version capabilities claimed host key login"
        " negotiating offered password put_out since taken transport unproven user wanted",
        {
            **dict.fromkeys(["encoders", "translator", "variant", "shows_rooms_itself"], DERIVED),
            **dict.fromkeys(["fanout", "peer"], OWN),
            **dict.fromkeys(["answer", "closing", "held_until", "label"], QUIET),
            **dict.fromkeys(["registering", "replies", "searches"], QUIET),
        },
    ),
    Login: ("account chunks exchange mechanism proven", {"waiting": QUIET}),
    Chunks: ("_chunks", {}),
    ServerExchange: ("_first _keys _nonce", {"_challenge": DERIVED}),
    OpenBatch: ("label pieces reference row since size tags target void", {}),
    Connection: (
        "_broken _ended _unsent lost outbox paused progress relayed",
        {
            **dict.fromkeys(["_loop", "_to_flush", "_traffic", "descriptor", "sock"], OWN),
            "received": OWN,
            **dict.fromkeys(["_blocked", "_events", "backlog"], DERIVED),
            **dict.fromkeys(["closing", "drained", "finished"], QUIET),
            "_tls": "cannot move: the old process relays",
        },
    ),
    LineBuffer: ("_after_cr _lines _lost _partial dropped", {"limit": OWN}),
    PatientLines: ("_after_cr _lines _lost _partial dropped", {"limit": OWN, "held": QUIET}),
    WebSocketLines: (
        "_begun _lines _opcode _parts _raw closed replies",
        {"_frames": DERIVED, "accepted": "of the door", "dropped": "is always 0", "limit": OWN},
    ),
    TelnetFilter: ("_inside _interrupted _unfinished hiding negotiates", {}),
    Exchange: (
        "_waiting",
        {"_h11": QUIET, "_chunked": QUIET, "_tail": QUIET, "_looked": DERIVED},
    ),
    IrcDoor: (f"{DOOR_MOVED} asked_at asked_with", DOOR_LEFT),
    WebSocketDoor: (f"{DOOR_MOVED} asked_at asked_with opcode accepted", DOOR_LEFT),
    Greeter: (f"{DOOR_MOVED} greeted head is_hurried silence", DOOR_LEFT),
    ProxiedDoor: (f"{DOOR_MOVED} head unknown", {**DOOR_LEFT, "next_door": OWN}),
    GatewayDoor: (f"{DOOR_MOVED} head", {**DOOR_LEFT, "next_door": OWN}),
    PlainDoor: (
        f"{DOOR_MOVED} choices cut_short question reading searching secret telnet",
        {**DOOR_LEFT, "given": QUIET},
    ),
    HttpDoor: (
        f"{DOOR_MOVED} came_from crowded due exchange served",
        {
            **DOOR_LEFT,
            **dict.fromkeys(["full", "head", "left", "metered", "most", "name", "pending"], QUIET),
            **dict.fromkeys(["refused", "sink", "source", "waits", "got"], QUIET),
            "looks_at": DERIVED,
            "request": "the last one, which is answered",
            "served_at": "whose turn it is among downloads",
        },
    ),
    World: (
        # the first lines are those of `World.snapshot`
        "_by_nick _by_skeleton _redacted absent accounts departed faded last_user markers metadata"
        " most_registered named rooms server_bans users waiting"
        " fanout levels monitors operator_keeper read_marks started_clock started_text"
        " subscriptions tokens keeper usage",
        {
            **dict.fromkeys(["_by_account", "_expiries", "_former", "invisible"], DERIVED),
            **dict.fromkeys(["operators", "registered", "registered_rooms"], DERIVED),
            **dict.fromkeys(["_common_tags", "_time_tag"], CACHE),
            **dict.fromkeys(["account_settings", "client_tags", "limits", "settings"], CONFIG),
            **dict.fromkeys(["operator_accounts", "operator_settings", "tls"], CONFIG),
            **dict.fromkeys(["has_tls", "sts_port"], CONFIG),
            **dict.fromkeys(["clock", "now"], "the same everywhere"),
            **dict.fromkeys(["audit", "cloak_of", "filehost", "local", "log"], OWN),
            **dict.fromkeys(["network_of", "own_url"], OWN),
            **dict.fromkeys(["on_back", "on_event", "on_expelled", "on_fading"], OWN),
            **dict.fromkeys(["on_redaction", "on_rehash", "on_released", "on_squatting"], OWN),
            **dict.fromkeys(["in_steps", "on_timed_ban", "on_wrong_password"], OWN),
            "unsaved": QUIET,
            "version": "that of the new program",
        },
    ),
    Fanout: (
        "_references added deliveries",
        {
            **dict.fromkeys(["_able", "_audiences", "_sessions"], DERIVED),
            **dict.fromkeys(["segments", "to_flush"], QUIET),
            "server_name": CONFIG,
        },
    ),
    Monitors: ("_lists", {"_watchers": DERIVED, "_news": QUIET, "_telling": QUIET, "later": OWN}),
    Subscriptions: (
        "_keys",
        {"_subscribers": DERIVED, "_news": QUIET, "_telling": QUIET}
        | {"later": OWN, "_monitors": OWN},
    ),
    ReadMarks: ("_left flushed taken", {"replay": CONFIG}),
    Taken: (
        "_readers _unsorted",
        {
            **dict.fromkeys(["_characters", "_rooms"], DERIVED),
            **dict.fromkeys(["_most_characters", "_most_rooms"], OWN),
            **dict.fromkeys(["_news", "has_news"], QUIET),
        },
    ),
    Levels: ("_used", {"refused": COUNTED}),
    Memory: ("_said _taken_back era", {}),
    Prose: ("memory", {"_bytes": CACHE, "_shown": CACHE}),
    Browsers: ("_seen", {}),
    Admission: ("_gone _present", {}),
    _Address: (
        "failed_at failures used used_at waits_until",
        dict.fromkeys(["connections", "web"], DERIVED),
    ),
    Arrivals: (
        "addresses",
        {"_web": DERIVED, "refused": COUNTED, "wrong_passwords": COUNTED}
        | dict.fromkeys(["_config", "_is_gateway", "_world"], OWN),
    ),
    Guard: ("_failures _known _registered", {"_clock": OWN, "_limits": CONFIG}),
    AccountKeeper: (
        "_guard",
        {
            **dict.fromkeys(["_count_for_address", "_limits", "_note_writer", "_now"], OWN),
            **dict.fromkeys(["_reader", "_settings", "_workers", "_writer"], OWN),
            **dict.fromkeys(["_rounds", "_secret"], "in the database"),
            **dict.fromkeys(["_memory", "_memory_key"], CACHE),
            **dict.fromkeys(["_registering", "_tries"], QUIET),
        },
    ),
    TokenKeeper: (
        "_noted _tickets",
        {
            **dict.fromkeys(["_clock", "_directory", "_durability", "_note_writer"], OWN),
            **dict.fromkeys(["_now", "_reader", "_workers"], OWN),
            **dict.fromkeys(["_logged_out", "_waiting"], QUIET),
        },
    ),
    OperatorKeeper: (
        "_guard",
        {"_secret": CACHE, "_tries": QUIET, "_settings": CONFIG}
        | {"_count_for_address": OWN, "_workers": OWN},
    ),
    GatewayKeeper: (
        "",
        {"_key": CACHE, "_right": CACHE, "_tries": QUIET, "_waiting": QUIET}
        | {"_webirc": CONFIG, "_workers": OWN},
    ),
    Callbacks: ("_evictions", dict.fromkeys(["_config", "_reload", "_timers", "_world"], OWN)),
    Server: (
        "_host _storage arrivals callbacks doors fanout operator_keeper prose world",
        {
            **dict.fromkeys(["_closing", "_readers", "_terminal", "accepting", "control"], OWN),
            **dict.fromkeys(["_lan", "between_ticks", "on_upgrade", "take_input", "options"], OWN),
            **dict.fromkeys(["loop", "ring", "timers", "to_flush", "workers"], OWN),
            **dict.fromkeys(["_full", "_held", "_later", "_overdue", "_tick_ends"], QUIET),
            **dict.fromkeys(["handshakes", "signals", "stopping"], QUIET),
            **dict.fromkeys(["_names", "certificates", "config", "gateways"], CONFIG),
            **dict.fromkeys(["_ticks", "counters", "sources", "traffic"], COUNTED),
            "busy": DERIVED,
            "supervision": OWN,
        },
    ),
}


def attributes(kind: type) -> set[str]:
    """All that objects of a class have, with those of its bases."""
    found: set[str] = set()
    for each in kind.__mro__:
        if each.__module__.startswith("chatroom."):
            slots = each.__dict__.get("__slots__", ())
            found |= {slots} if isinstance(slots, str) else set(slots)
            found |= set(_assigned(each))
    return found


def _assigned(kind: type) -> set[str]:
    """The attributes that the methods of a class assign to."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(kind)))
    found = set(getattr(kind, "__dataclass_fields__", ()))
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else []
        if isinstance(node, ast.AnnAssign | ast.AugAssign):
            targets = [node.target]
        parts = [part for target in targets for part in ast.walk(target)]
        found |= {
            part.attr
            for part in parts
            if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "self"
        }
    return found - _properties(kind)


def _properties(kind: type) -> set[str]:
    return {name for name, value in vars(kind).items() if isinstance(value, property)}


@pytest.mark.parametrize("kind", ROWS, ids=lambda kind: kind.__name__)
def test_each_attribute_has_its_way(kind: type) -> None:
    moved, behind = ROWS[kind]
    names = moved.split()
    assert not set(names) & behind.keys()
    assert attributes(kind) == {*names, *behind}
