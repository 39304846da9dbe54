"""Hooks: what Slack's, GitHub's, Grafana's and Uptime Kuma's programs send, said by a bot."""

import json
from urllib.parse import quote

import pytest

from chatroom.server.web.hooks import filled
from server.conftest import House
from server.web.test_rooms import house  # noqa: F401
from server.web.test_tokens import SECRET, ask, fresh, log_in

GRAFANA = {"title": "[FIRING:1] load", "alerts": [{"labels": {"host": "db1"}, "value": 9.5}]}


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{{.title}}", "[FIRING:1] load"),
        ("{{ alerts.0.labels.host }}: {{.alerts.0.value}}", "db1: 9.5"),
        ("{{.alerts.7.x}}{{.title.x}}{{.no}}|", "|"),
        ("{{.alerts.0000000005}}{{.alerts.99999999999}}|", "|"),
        ("{{.alerts.0.labels}}", '{"host": "db1"}'),
        ("{{.__class__}} {{title()}} {title} {{..}}", " {{title()}} {title} {{..}}"),
        ("{{.a}}" * 30 + "x", "x"),
    ],
)
def test_templates_follow_names_and_no_more(template: str, words: str) -> None:
    assert filled(template, GRAFANA) == words


def test_what_programs_send(house: House) -> None:  # noqa: F811
    bob = log_in(house, "bob")
    bob.send("CAP REQ :message-tags account-tag", "JOIN #ops")
    house.settle(bob)
    made = ask(house, bob, "NS TOKEN HOOK ci ops", SECRET)
    secret = made.split()[-1].lstrip(":")
    path = f"/hooks/{secret}"
    template = quote("{{.alerts.0.labels.host}} is slow")
    web = fresh(house)
    for body, kind, query, words in (
        (b'{"text": "from slack"}', "application/json", "", "from slack"),
        (b"payload=%7B%22text%22%3A%22form%22%7D", "application/x-www-form-urlencoded", "", "form"),
        (b"plain words", "text/plain", "", "plain words"),
        (b'{"msg": "[Up] web"}', "application/json", "", "[Up] web"),
        (json.dumps(GRAFANA).encode(), "application/json", f"?text={template}", "db1 is slow"),
        (b'{"text": "a test"}', "application/json", f"?text={template}", "a test"),
        (b'{"attachments": [{"fallback": "old"}]}', "application/json", "", "old"),
    ):
        bob.seen.clear()
        reply = web.ask("POST", path + query, body, content_type=kind)
        assert reply.status == 201, (body, reply)
        house.settle(bob)
        (line,) = (line for line in bob.seen if "PRIVMSG" in line)
        assert line.endswith((f"PRIVMSG #ops :{words}", f"PRIVMSG #ops {words}"))
        assert ":ci!~http@" in line and ";bot" in line and "account=bob" in line
    for body, kind, status in ((b'{"x": 1}', "application/json", 400), (b"\xff", "", 400)):
        reply = web.ask("POST", path, body, **({"content_type": kind} if kind else {}))
        assert reply.status == status
    assert fresh(house).ask("GET", "/rooms", authorization=f"Bearer {secret}").status == 401
    assert fresh(house).ask("POST", path[:-1] + "~", b"x").status == 404
    assert fresh(house).ask("POST", path, b"x", origin="http://evil.example").status == 403
    web = fresh(house)
    # a hook with the name of somebody else does not look like them
    made = ask(house, bob, "NS TOKEN HOOK alice ops {{.a}} is up", SECRET)
    bob.seen.clear()
    path = f"/hooks/{made.split()[-1].lstrip(':')}"
    assert web.ask("POST", path, b'{"a": "db"}').status == 201
    house.settle(bob)
    assert any(":alice-hook!~http@" in line and ":db is up" in line for line in bob.seen)
    ask(house, bob, "NS TOKEN REVOKE alice", "is revoked")
    assert web.ask("POST", path, b'{"a": "db"}').status == 404
    bob.send("QUIT")
