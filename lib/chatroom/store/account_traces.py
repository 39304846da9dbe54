"""Renames or removes an account in the stored states of rooms and in the bans from the server.

A running server changes its own state in the same way (`chat.state.changes.accounts`). If no server
runs, the next one must not find the ranks, invitations and bans of a removed account, because
somebody else may register its name. Masks with wildcards stay as they are: they mean names.
"""

import json
import sqlite3
from typing import Any

from chatroom.wire.names import ACCOUNT, fold, list_key, masks_of_account

_MAY_NAME_ACCOUNTS = "state LIKE '%\"kept\"%' OR state LIKE '%a:%'"

ERASED = "erased"
"""Instead of the name of somebody whose account was erased (as in the chat's `room_audit`)."""

State = dict[str, Any]


def rename_traces(connection: sqlite3.Connection, before: str, after: str) -> None:
    """Rename the account `before` to `after`, or remove it (""). Part of a transaction."""
    query = f"SELECT id, state FROM room WHERE {_MAY_NAME_ACCOUNTS}"
    for number, text in connection.execute(query).fetchall():
        old = json.loads(text)
        new = {**old, **_ranks(old, before, after), **_lists(old, before, after)}
        new |= _barred(old, before, after)
        if new != old:
            changed = json.dumps(new, ensure_ascii=False)
            connection.execute("UPDATE room SET state = ? WHERE id = ?", (changed, number))
    _rename_ban(connection, before, after)


def erase_traces(connection: sqlite3.Connection, name: str) -> None:
    """Do not name the owner of that account any more as somebody who has set a topic or acted in a
    room. Part of a transaction."""
    query = "SELECT id, state FROM room WHERE state LIKE '%topic_by%' OR state LIKE '%\"deeds\"%'"
    for number, text in connection.execute(query).fetchall():
        old = json.loads(text)
        new = dict(old)
        if fold(old.get("topic_by", "").partition("!")[0]) == fold(name):
            new["topic_by"] = ERASED
        if "deeds" in old:
            new["deeds"] = [
                [at, ERASED, "", what] if fold(account) == fold(name) else [at, who, account, what]
                for at, who, account, what in old["deeds"]
            ]
        if new != old:
            changed = json.dumps(new, ensure_ascii=False)
            connection.execute("UPDATE room SET state = ? WHERE id = ?", (changed, number))


def _ranks(state: State, before: str, after: str) -> State:
    kept = dict(state.get("kept", ()))
    ranks = kept.pop(fold(before), "")
    if not ranks:
        return {}
    offered = set(state.get("offered", ()))
    is_offered = fold(before) in offered
    offered.discard(fold(before))
    if after:
        kept[fold(after)] = ranks
        offered |= {fold(after)} if is_offered else set()
    is_owned = any("q" in each for each in kept.values())
    ends = {} if is_owned or after else {"registered": 0}
    others = {"offered": sorted(offered)} if "offered" in state else {}
    return {"kept": list(map(list, kept.items())), **others, **ends}


def _lists(state: State, before: str, after: str) -> State:
    if "lists" not in state:
        return {}
    masks = masks_of_account(fold(before))
    new = dict(zip(masks, masks_of_account(after) if after else ("", ""), strict=True))
    lists = {
        letter: [
            [mask, *rest] for shown, *rest in entries if (mask := new.get(list_key(shown), shown))
        ]
        for letter, entries in state["lists"].items()
    }
    return {"lists": lists}


def _barred(state: State, before: str, after: str) -> State:
    if not state.get("barred"):
        return {}
    mask, new = ACCOUNT + fold(before), ACCOUNT + fold(after) if after else ""
    changed = [
        [[each for one in masks if (each := new if one == mask else one)] for masks in bans]
        for bans in state["barred"]
    ]
    return {"barred": [bans for bans in changed if bans[0]]}


def _rename_ban(connection: sqlite3.Connection, before: str, after: str) -> None:
    key = f"K {ACCOUNT}{fold(before)}"
    if not after:
        connection.execute("DELETE FROM server_ban WHERE key = ?", (key,))
        return
    query = "SELECT state FROM server_ban WHERE key = ?"
    for (text,) in connection.execute(query, (key,)).fetchall():
        state = json.dumps([ACCOUNT + after, *json.loads(text)[1:]], ensure_ascii=False)
        connection.execute(
            "UPDATE OR REPLACE server_ban SET key = ?, state = ? WHERE key = ?",
            (f"K {ACCOUNT}{fold(after)}", state, key),
        )
