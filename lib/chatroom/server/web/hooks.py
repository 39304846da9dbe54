"""POST /hooks/SECRET: what other programs report, said in a room under the hook's name.

The secret in the address is the hook's token, because most of these programs can be told nothing
but an address. They send Slack's form, plain text, or JSON of their own, from which a template
takes what people should read: `?text={{.alert.title}}`. A template only follows names into the
JSON; it computes nothing.
"""

import json
import re
from itertools import islice

from chatroom.chat.secrecy import why_no_secret
from chatroom.server.web.authorization import Person
from chatroom.server.web.host import WebHost
from chatroom.server.web.publishing import hook_nick
from chatroom.server.web.request import Request, read_arguments
from chatroom.server.web.response import Answer, Refused, text
from chatroom.server.web.texts import Said, as_object, lines_of
from chatroom.wire.tokens import Token

LONGEST_VALUE = 1000
"""Characters that a template takes from one place."""

MOST_VALUES = 20

_PLACE = re.compile(r"\{\{\s*\.?([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+){0,9})\s*\}\}")
_USUAL = ("text", "content", "msg", "message", "title")
"""Where Slack, Discord, Uptime Kuma and Grafana have what people should read."""


def post(request: Request, web: WebHost) -> Answer:
    """POST /hooks/{secret}"""
    if why := why_no_secret(web.facts, request.session):
        return text(403, f"{why}.", close=True)
    token = web.authorization.hook(request, request.parts["secret"])
    account = web.world.accounts.numbered(token.account) if token else None
    if token is None or account is None:
        return text(404, "There is no such hook.")
    said = Said(lines_of(_words(request, token)))
    nick = hook_nick(web.world, token.name)
    person = Person(account.name, account.number, token)
    return web.publishing.publish(person, request, token.rooms[0], said, nick)


def _words(request: Request, token: Token) -> str:
    """Raises Refused."""
    template = request.arguments.get("text", "") or token.agent
    try:
        body = request.body.decode()
    except UnicodeDecodeError:
        raise Refused(text(400, "The body is not UTF-8.")) from None
    kind = request.header("content-type").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded" and body.startswith("payload="):
        body = read_arguments(body).get("payload", "")
    elif kind not in ("application/json", "text/json") and not body.startswith("{"):
        if template:
            raise Refused(text(400, "A template needs JSON, and the body is none."))
        return body
    values = as_object(body)
    return filled(template, values) if template and _fits(template, values) else _usual(values)


def _usual(values: dict[str, object]) -> str:
    """Raises Refused."""
    for key in _USUAL:
        if isinstance(said := values.get(key), str) and said.strip():
            return said
    found = values.get("attachments")
    first = found[0] if isinstance(found, list) and found else None
    if isinstance(first, dict):
        parts = [first.get(key) for key in ("title", "fallback", "text")]
        return "\n".join(dict.fromkeys(part for part in parts if isinstance(part, str)))
    words = 'The JSON has no "text"; tell the hook what to take: ?text={{.alert.title}}'
    raise Refused(text(400, words))


def _fits(template: str, values: object) -> bool:
    """Whether anything that the template names is there: the same program sends other things, too,
    such as a test of its connection."""
    places = list(islice(_PLACE.finditer(template), MOST_VALUES))
    return not places or any(_at(values, place[1].split(".")) is not None for place in places)


def filled(template: str, values: object) -> str:
    """The template with what is at its places; nothing for places that are not there."""
    left = MOST_VALUES

    def fill(match: re.Match[str]) -> str:
        nonlocal left
        left -= 1
        return _shown(_at(values, match[1].split("."))) if left >= 0 else ""

    return _PLACE.sub(fill, template)


def _at(values: object, path: list[str]) -> object:
    for name in path:
        if isinstance(values, dict):
            values = values.get(name)
        elif isinstance(values, list) and name.isdigit() and len(name) < 10:
            values = values[int(name)] if int(name) < len(values) else None
        else:
            return None
    return values


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:LONGEST_VALUE]
    return json.dumps(value, ensure_ascii=False)[:LONGEST_VALUE]
