"""The page's session, sans I/O: lines in; lines and events out."""

from typing import Any

import pytest

SESSION = """
const { Session } = await import("/protocol/session.js");
const out = [];
const events = [];
const session = new Session({
  nick: "ann", login: it.login ?? null, now: () => 0,
  write: (line) => out.push(line), emit: (event) => events.push(event),
});
session.begin();
const feed = (lines) => lines.forEach((line) => session.receive(line));
feed(it.lines ?? []);
"""

CAPS = (
    "batch echo-message labeled-response message-tags server-time draft/chathistory"
    " draft/read-marker sasl=PLAIN unknown/one"
)
HELLO = [
    f":s CAP * LS :{CAPS}",
    ":s CAP ann ACK :batch echo-message labeled-response message-tags server-time draft/chathistory"
    " draft/read-marker sasl",
    ":s 001 ann :Welcome",
    ":s 005 ann CHANTYPES=# PREFIX=(qaohv)~&@%+ CHANMODES=beI,k,Wl,imnst STATUSMSG=~&@%+"
    " CASEMAPPING=ascii UTF8MAPPING=rfc8265 CHATHISTORY=500 :are supported",
    ":s 422 ann :No MOTD",
]
IN_ROOM = [*HELLO, ":ann!u@h JOIN #x", ":s 353 ann = #x :@ann ~&bob +cy!u@h", ":s 366 ann #x :End"]


def events(run: Any, *lines: str, kind: str = "") -> list[dict[str, Any]]:
    body = f"{SESSION} return events.slice(it.skip).map(({{ type, line, ...rest }}) => ({{ type, ...rest, ...(line && {{ ...line, key: 0, reactions: 0 }}) }}))"
    found: list[dict[str, Any]] = run(body, {"lines": [*IN_ROOM, *lines], "skip": 0})
    return [each for each in found if not kind or each["type"] == kind]


def test_capabilities_are_requested_and_the_welcome_ends_registration(run: Any) -> None:
    found = run(
        f"{SESSION} return {{ out, last: events.at(-1), nick: session.nick }}", {"lines": HELLO}
    )
    assert found["out"][:3] == ["CAP LS 302", "NICK ann", "USER ann 0 * ann"]
    requested = next(line for line in found["out"] if line.startswith("CAP REQ"))
    assert "draft/chathistory" in requested and "unknown/one" not in requested
    assert found["out"][-1] == "CAP END"
    assert found["last"] == {"type": "welcome", "nick": "ann"}


def test_a_long_list_of_capabilities_is_requested_once(run: Any) -> None:
    lines = [":s CAP * LS * :batch sasl", ":s CAP * LS :server-time"]
    out = run(f"{SESSION} return out", {"lines": lines})
    assert [line for line in out if "REQ" in line] == ["CAP REQ :batch sasl server-time"]


def test_a_password_goes_nowhere_but_into_sasl(run: Any) -> None:
    login = {"account": "ann", "password": "secret"}
    body = f"{SESSION} await 0; feed(['AUTHENTICATE +']); await new Promise((go) => setTimeout(go)); return {{ out, events }}"
    without = run(body, {"login": login, "lines": [":s CAP * LS :batch", ":s CAP ann ACK :batch"]})
    assert [each["reason"] for each in without["events"]] == ["no-secrets"]
    lines = [":s CAP * LS :sasl=PLAIN", ":s CAP ann ACK :sasl"]
    plain = run(body, {"login": login, "lines": lines})
    assert plain["out"][-2:] == ["AUTHENTICATE PLAIN", "AUTHENTICATE YW5uAGFubgBzZWNyZXQ="]
    assert not any("secret" in line for line in [*without["out"], *plain["out"]])


def test_members_follow_what_happens(run: Any) -> None:
    body = f"""{SESSION}
    const channel = session.channel("#X");
    return [...channel.members.values()].map(({{ nick, symbols }}) => symbols + nick)
    """
    lines = [
        *IN_ROOM, ":dan!u@h JOIN #x", ":bob!u@h PART #x", ":s MODE #x +v-o+b dan ann a!*@*",
        ":cy!u@h NICK :cyril", ":ann!u@h KICK #x nobody", ":eve!u@h JOIN #x", ":eve!u@h QUIT :bye",
    ]  # fmt: skip
    assert run(body, {"lines": lines}) == ["ann", "+dan", "+cyril"]


@pytest.mark.parametrize(
    ("line", "kind", "target", "text"),
    [
        (":bob!u@h PRIVMSG #x :hi", "message", "#x", "hi"),
        (":bob!u@h PRIVMSG @#x :ops", "message", "#x", "ops"),
        (":bob!u@h PRIVMSG ann :psst", "message", "bob", "psst"),
        (":ann!u@h PRIVMSG bob :psst", "message", "bob", "psst"),
        (":bob!u@h NOTICE #x :hm", "notice", "#x", "hm"),
        (":bob!u@h PRIVMSG #x :\x01ACTION waves\x01", "action", "#x", "waves"),
    ],
)
def test_what_is_said_belongs_to_a_conversation(
    run: Any, line: str, kind: str, target: str, text: str
) -> None:
    (said,) = events(run, line, kind="line")
    assert (said["kind"], said["target"], said["text"]) == (kind, target, text)
    assert said["isForFew"] is (text == "ops")  # the row says so


@pytest.mark.parametrize(
    ("modes", "words"),
    [
        ("+ov-l bob cy", "made bob an operator, gave cy a voice, removed the limit on the number of people"),
        ("+b-b m:eve!*@* *!*@h", "muted eve!*@*, lifted the ban on *!*@h"),
        ("+lW 5 9", "limited the room to 5 people, set slow mode: one message every 9 seconds from each person"),
        ("+y-s", "set mode +y, made the room public"),
    ],
)  # fmt: skip
def test_changes_of_modes_are_in_words(run: Any, modes: str, words: str) -> None:
    body = f"""{SESSION}
    const {{ modesText }} = await import("/ui/layout.js");
    return modesText(events.at(-1).line.detail).replace(/[\u2068\u2069]/g, "");
    """
    assert run(body, {"lines": [*IN_ROOM, f":ann!u@h MODE #x {modes}"]}) == words


def test_answers_of_the_server_that_are_no_refusals_are_told(run: Any) -> None:
    told = [
        each["text"]
        for each in events(
            run,
            ":s 306 ann :You have been marked as being away",
            ":s 341 ann bob #x",
            ":ann!u@h SETNAME :Ann Smith",
            ":bob!u@h SETNAME :Bob",
            ":bob!u@h INVITE cy #x",
            ":s 710 ann #x cy!u@h :has asked to be let in: please",
            ":s 711 ann #y :Your knock has been delivered",
            kind="info",
        )
    ]
    assert told == [
        "You have been marked as being away.",
        "bob is invited to x.",
        "Your real name is Ann Smith now.",
        "bob invites cy to x.",
        "x: cy has asked to be let in: please (/invite cy x does that)",
        "Your knock has been delivered.",
    ]
    (invited,) = events(run, ":bob!u@h INVITE ann #y", kind="invited")
    assert (invited["by"], invited["target"]) == ("bob", "#y")


def test_queries_of_programs_and_notices_of_the_server_are_no_lines(run: Any) -> None:
    assert not events(run, ":bob!u@h PRIVMSG ann :\x01VERSION\x01", kind="line")
    assert not events(run, ":irc.example NOTICE ann :Hello", kind="line")
    assert events(run, ":irc.example NOTICE ann :Hello", kind="info")[0]["text"] == "Hello"


def test_a_page_of_the_history_answers_who_asked(run: Any) -> None:
    body = f"""{SESSION}
    const {{ pagesOf }} = await import("/protocol/chathistory.js");
    const ask = pagesOf(() => session, "#x");
    const both = Promise.all([ask("LATEST", ["*"], 50), ask("BEFORE", ["msgid=m2"], 1000)]);
    const labels = out.slice(-2).map((line) => /label=(\\S+)/.exec(line)[1]);
    feed([
      `@label=${{labels[1]}} :s BATCH +b chathistory #x`, "@batch=b;msgid=m1 :bob!u@h PRIVMSG #x :old",
      "@batch=b :s BATCH +c draft/multiline #x", "@batch=c :bob!u@h PRIVMSG #x :one",
      "@batch=c :bob!u@h PRIVMSG #x :two", "@batch=c;draft/multiline-concat :bob!u@h PRIVMSG #x :!",
      "BATCH -c", "@batch=b;+react=y;+reply=m1 :cy!u@h TAGMSG #x", "BATCH -b",
      ":bob!u@h PRIVMSG #x :live",
      `@label=${{labels[0]}};draft/chathistory-end :s BATCH +d chathistory #x`, "BATCH -d",
    ]);
    const [latest, older] = await both;
    return {{ latest, older: older.entries.map((each) => each.text ?? each.emoji), asked: out.slice(-2), shown: events.filter(({{ type }}) => type === "line").map(({{ line }}) => line.text) }};
    """
    found = run(body, {"lines": IN_ROOM})
    assert found["latest"] == {"entries": [], "isEnd": True}
    assert found["older"] == ["old", "one\ntwo!", "y"]
    assert found["asked"][1].endswith("CHATHISTORY BEFORE #x msgid=m2 500")
    assert found["shown"] == ["live"]


def test_a_refusal_and_a_loss_end_what_was_asked(run: Any) -> None:
    body = f"""{SESSION}
    const asked = [session.ask("CHATHISTORY", ["LATEST", "#y", "*", 5]), session.ask("WHOIS", ["zed"]), session.ask("LIST", [])];
    const [first, second] = out.slice(-3).map((line) => /label=(\\S+)/.exec(line)[1]);
    feed([`@label=${{first}} FAIL CHATHISTORY INVALID_TARGET LATEST #y :No`, `@label=${{second}} :s 401 ann zed :No such nick`]);
    session.end();
    return (await Promise.allSettled(asked)).map(({{ reason }}) => [reason.code ?? "", reason.message]);
    """
    assert run(body, {"lines": IN_ROOM}) == [
        ["INVALID_TARGET", "No"],
        ["401", "No such nick"],
        ["", "The connection was lost"],
    ]


@pytest.mark.parametrize("numeric", ["404", "696", "713"])
def test_refusals_beyond_the_fives_are_told(run: Any, numeric: str) -> None:
    """Of a mode's parameter, of knocks, of MONITOR: as answers, and by themselves."""
    (refused,) = events(run, f":s {numeric} ann #x :No", kind="refused")
    assert (refused["code"], refused["text"]) == (numeric, "No")
    body = f"""{SESSION}
    const asked = session.ask("MODE", ["#x", "+k", ","]);
    feed([`@label=${{/label=(\\S+)/.exec(out.at(-1))[1]}} :s {numeric} ann #x :No`]);
    return asked.then(() => "done", ({{ code }}) => code);
    """
    assert run(body, {"lines": IN_ROOM}) == numeric


def test_an_answer_about_people_in_several_lines(run: Any) -> None:
    """302: of long addresses, five do not fit into one."""
    body = """
    const { Presence } = await import("/state/presence.js");
    const handlers = {};
    const answer = ["bob=+u@h", "cy*=-u@h"].map((each) => ({ command: "302", params: ["ann", each] }));
    const session = { ask: async () => ({ messages: answer }), channels: () => [], isupport: new Map(), send() {} };
    const chat = {
      session, isConnected: true, fold: (nick) => nick, rooms: ["bob", "cy", "dan"].map((name) => ({ name, isTalk: true })),
      on(name, handler) { handlers[name] = handler; return chat; },
    };
    const presence = new Presence(chat);
    await new Promise((done) => { chat.tell = done; handlers.me(); });
    return ["bob", "cy", "dan"].map((nick) => presence.of(nick));
    """
    assert run(body, {}) == ["online", "away", "offline"]


def test_without_labels_the_numeric_that_ends_an_answer_ends_it(run: Any) -> None:
    body = f"""{SESSION}
    session.enabled.delete("labeled-response");
    const asked = session.ask("LIST", []);
    feed([":s 322 ann #x 3 :t", ":bob!u@h PRIVMSG #x :hi", ":s 323 ann :End"]);
    return (await asked).messages.map(({{ command }}) => command).filter((each) => each < "4");
    """
    assert run(body, {"lines": IN_ROOM})[0] == "322"


@pytest.mark.parametrize("multiline", [False, True])
def test_a_text_of_several_lines_is_said_as_the_server_takes_it(run: Any, multiline: bool) -> None:
    body = f"""{SESSION}
    if (it.multiline) {{ session.enabled.add("draft/multiline"); session.offered.set("draft/multiline", "max-bytes=4096"); }}
    const from = out.length;
    session.say("#x", "one\\n\\ntwo", {{ replyTo: "m1" }});
    return out.slice(from).map((line) => line.replace(/label=\\S+ /, "label "));
    """
    said = run(body, {"lines": IN_ROOM, "multiline": multiline})
    if multiline:
        tags = "@+reply=m1;+draft/reply=m1;label"
        assert said[0].startswith(tags) and said[0].split(" ", 1)[1].startswith("BATCH +m")
        assert [line.split(" ", 1)[1] for line in said[1:-1]] == [
            "PRIVMSG #x one", "PRIVMSG #x :", "PRIVMSG #x two",
        ]  # fmt: skip
    else:
        assert [line.split(" ", 1)[1] for line in said] == ["PRIVMSG #x one", "PRIVMSG #x two"]


def test_lines_of_others_and_refusals_have_their_label(run: Any) -> None:
    (refused,) = events(run, "@label=p1 :s 404 ann #x :Cannot send", kind="refused")
    assert (refused["label"], refused["target"], refused["text"]) == ("p1", "#x", "Cannot send")


@pytest.mark.parametrize(
    ("multiline", "text", "count"),
    [
        ("", "one\n\ntwo\n \nthree", 3),
        ("", "one", 1),
        ("max-bytes=20,max-lines=3", "one\n\ntwo", 1),
        ("max-bytes=20,max-lines=3", "1\n2\n3\n4", 4),
        ("max-bytes=20,max-lines=3", "ä" * 8 + "\n" + "ö" * 8, 2),
    ],
)
def test_how_many_messages_a_text_becomes(run: Any, multiline: str, text: str, count: int) -> None:
    """The page asks before it sends many."""
    body = f"""{SESSION}
    const {{ countMessages }} = await import("/protocol/speaking.js");
    if (it.multiline) {{ session.enabled.add("draft/multiline"); session.offered.set("draft/multiline", it.multiline); }}
    return countMessages(session, it.text);
    """
    assert run(body, {"lines": IN_ROOM, "multiline": multiline, "text": text}) == count


@pytest.mark.parametrize(
    ("denied", "reacts", "replies", "types"),
    [
        ("", True, True, True),
        ("typing,draft/typing", True, True, False),
        ("react,draft/react,unreact,draft/unreact", False, True, True),
        ("*,-reply,-draft/reply", False, True, False),
        ("*", False, False, False),
    ],
)
def test_what_the_server_denies_is_not_offered(
    run: Any, denied: str, reacts: bool, replies: bool, types: bool
) -> None:
    """ISUPPORT CLIENTTAGDENY: the buttons ask `saying`, and nothing is sent."""
    body = f"""{SESSION}
        const {{ Saying }} = await import("/state/saying.js");
        const notes = [];
        const chat = {{ session, isConnected: true, nick: "ann", tell: (kind, text) => notes.push(text) }};
        chat.saying = new Saying(chat);
        out.length = 0;
        chat.saying.react({{ name: "#x" }}, {{ id: "m1", reactions: new Map() }}, "👍", true);
        const reacted = out.length > 0;
        out.length = 0;
        chat.saying.typing({{ name: "#x" }}, "active");
        const {{ mayReact, mayReply }} = chat.saying;
        return [mayReact, reacted, mayReply, out.length > 0, notes.length > 0];
    """
    token = f"CLIENTTAGDENY={denied}" if denied else "WHOX"
    lines = [*IN_ROOM, f":s 005 ann {token} :are supported"]
    assert run(body, {"lines": lines}) == [reacts, reacts, replies, types, not reacts]
