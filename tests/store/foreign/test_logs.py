"""Logs of irssi, WeeChat and ZNC: lines as these programs write them."""

import time
from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from store.foreign.exports import faults, read, shown

BERLIN = timezone(timedelta(hours=1))

IRSSI = """\
--- Log opened Fri Nov 20 15:00:15 2026
15:00 -!- alice [~al@192.0.2.1] has joined #den
15:00 -!- Irssi: #den: Total of 3 nicks [1 ops, 0 halfops, 0 voices, 2 normal]
15:01 <@alice> hello <you>
15:01 < bob> hi
15:01 < bob> hi
15:02  * bob waves
15:02 -bob:#den- a notice
15:03 -!- mode/#den [+ov bob carol] by alice
15:03 -!- ServerMode/#den [+o bob] by irc.example.org
15:03 -!- alice changed the topic of #den to: tea & cake
15:03 -!- Topic unset by alice on #den
15:04 -!- bob is now known as robert
15:05 -!- carol was kicked from #den by alice [bye [now]]
23:59 < robert> late
--- Day changed Sat Nov 21 2026
00:01:30 < robert> early
00:02 -!- robert [~bob@192.0.2.2] has quit [Ping timeout: 240 seconds]
00:03 -!- dave [~d@h] has left #den []
--- Log closed Sat Nov 21 00:05:00 2026
--- Log opened Mon Nov 30 09:00:00 2026
09:00 < amy> again
"""


def test_irssi() -> None:
    entries, reading = read("irssi", {"irclogs/libera/#den.log": IRSSI}, zone=BERLIN)
    assert faults(reading) == []
    assert shown(entries) == [
        "14:00:00 #den alice JOIN",
        "14:01:00 #den alice PRIVMSG hello <you>",
        "14:01:00 #den bob PRIVMSG hi",
        "14:01:00 #den bob PRIVMSG hi",
        "14:02:00 #den bob PRIVMSG \x01ACTION waves\x01",
        "14:02:00 #den bob NOTICE a notice",
        "14:03:00 #den alice MODE +ov bob carol",
        "14:03:00 #den alice TOPIC tea & cake",
        "14:03:00 #den alice TOPIC",
        "14:04:00 #den bob NICK robert",
        "14:05:00 #den alice KICK carol bye [now]",
        "22:59:00 #den robert PRIVMSG late",
        "23:01:30 #den robert PRIVMSG early",
        "23:02:00 #den robert QUIT Ping timeout: 240 seconds",
        "23:03:00 #den dave PART",
        "08:00:00 #den amy PRIVMSG again",
    ]
    assert [entry.message.tags["time"][:10] for entry in entries[-2:]] == [
        "2026-11-20",
        "2026-11-30",
    ]
    assert entries[0].message.source == "alice!~al@192.0.2.1"
    assert entries[1].message.source == "alice!imported@irssi"
    assert sum(reading.skipped.values()) == 2


WEECHAT = """\
2026-11-20 15:00:15\t-->\tbob (~bob@192.0.2.2) has joined #den
2026-11-20 15:00:15\t-->\tamy [amy's account] (Amy L.) (~amy@192.0.2.3) has joined #den
2026-11-20 15:00:16\t@alice\thello\tyou
2026-11-20 15:00:17\t *\tbob waves
2026-11-20 15:00:18\t--\talice has changed topic for #den from "old" to "new "one""
2026-11-20 15:00:18\t--\talice has unset topic for #den (old topic: "new")
2026-11-20 15:00:18\t--\tNotice(bob) -> #den: careful
2026-11-20 15:00:18\t--\tMode #den [+o bob] by alice
2026-11-20 15:00:18\t--\tbob is now known as robert
2026-11-20 15:00:18\t--\tChannel #den: 3 nicks (1 op, 0 voices, 2 normals)
2026-11-20 15:00:19\t<--\talice has kicked amy (why not)
2026-11-20 15:00:19\t<--\tdan (~d@h) has left #den ("bye")
2026-11-20 15:00:19\t<--\trobert (~bob@192.0.2.2) has quit (gone)
2026-11-20 15:00:20\t=!=\tirc: unknown command
2026-11-20 15:00:20.123456Z\tcarol\tin UTC
2026-11-20 15:00:21\t\t****  End of log  ****
"""


def test_weechat() -> None:
    """The Z of newer versions is UTC, whatever the zone of the others is."""
    name = "irc.libera.#den.weechatlog"
    entries, reading = read("weechat", {name: WEECHAT}, zone=BERLIN)
    assert faults(reading) == []
    assert shown(entries) == [
        "14:00:15 #den bob JOIN",
        "14:00:15 #den amy JOIN",
        "14:00:16 #den alice PRIVMSG hello\tyou",
        "14:00:17 #den bob PRIVMSG \x01ACTION waves\x01",
        '14:00:18 #den alice TOPIC new "one"',
        "14:00:18 #den alice TOPIC",
        "14:00:18 #den bob NOTICE careful",
        "14:00:18 #den alice MODE +o bob",
        "14:00:18 #den bob NICK robert",
        "14:00:19 #den alice KICK amy why not",
        '14:00:19 #den dan PART "bye"',
        "14:00:19 #den robert QUIT gone",
        "15:00:20 #den carol PRIVMSG in UTC",
    ]
    assert entries[1].message.source == "amy!~amy@192.0.2.3"
    assert sum(reading.skipped.values()) == 3


ZNC = """\
[15:00:15] <bob> hello
[15:00:16] * bob waves
[15:00:17] *** Joins: carol (c@192.0.2.4)
[15:00:18] *** Parts: carol (c@192.0.2.4) (for (good))
[15:00:18] *** Quits: dan (d@h) ()
[15:00:19] *** bob sets mode: +o carol
[15:00:20] *** bob changes topic to 'it's tea'
[15:00:21] *** carol was kicked by bob (out)
[15:00:22] *** bob is now known as robert
[15:00:23] -robert- careful
[15:00:24] Disconnected from IRC (irc.example.org +6697)
"""


@pytest.mark.parametrize(
    "name", ["znc/users/al/moddata/log/libera/#den/2026-11-20.log", "al_libera_#den_20261120.log"]
)
def test_znc(name: str) -> None:
    entries, reading = read("znc", {name: ZNC})
    assert faults(reading) == []
    assert shown(entries) == [
        "15:00:15 #den bob PRIVMSG hello",
        "15:00:16 #den bob PRIVMSG \x01ACTION waves\x01",
        "15:00:17 #den carol JOIN",
        "15:00:18 #den carol PART for (good)",
        "15:00:18 #den dan QUIT",
        "15:00:19 #den bob MODE +o carol",
        "15:00:20 #den bob TOPIC it's tea",
        "15:00:21 #den bob KICK carol out",
        "15:00:22 #den bob NICK robert",
        "15:00:23 #den robert NOTICE careful",
    ]


SAMPLES = {
    "irssi": ("#den.log", "--- Log opened Fri Nov 20 15:00:15 2026\n15:00 < bob> hello\n"),
    "weechat": ("irc.libera.#den.weechatlog", "2026-11-20 15:00:15\tbob\thello\n"),
    "znc": ("#den/2026-11-20.log", "[15:00:15] <bob> hello\n"),
}


@pytest.mark.parametrize(
    ("format", "name"),
    [
        ("irssi", "libera/bob.log"),
        ("weechat", "irc.libera.bob.weechatlog"),
        ("weechat", "irc.server.libera.weechatlog"),
        ("weechat", "core.weechat.weechatlog"),
        ("znc", "libera/bob/2026-11-20.log"),
        ("znc", "al_libera_bob_20261120.log"),
    ],
)
def test_private_talks_are_left_out_and_counted(format: str, name: str) -> None:
    entries, reading = read(format, {name: SAMPLES[format][1]})
    assert (entries, dict(reading.skipped)) == ([], {"private conversations": 1})


@pytest.mark.parametrize("format", SAMPLES)
def test_a_log_whose_name_says_no_room_needs_one(format: str) -> None:
    files = {"notes.txt": SAMPLES[format][1]}
    entries, reading = read(format, files)
    assert entries == []
    [fault] = faults(reading)
    assert fault.startswith("notes.txt: expected a name such as ") and "--room" in fault
    if format != "znc":  # which has the day in the name, too
        entries, reading = read(format, files, room="#attic")
        assert shown(entries) == [f"15:00:{15 * (format == 'weechat'):02} #attic bob PRIVMSG hello"]
        assert faults(reading) == []


@pytest.mark.parametrize(
    "name", ["#den.log", "#den-2026-11.log", "#den.20261120.log", "#den_20261120.log"]
)
def test_irssis_log_files_may_have_a_date(name: str) -> None:
    entries, _ = read("irssi", {name: SAMPLES["irssi"][1], "#fosdem-2026.log": SAMPLES["irssi"][1]})
    assert [entry.room for entry in entries] == ["#den", "#fosdem-2026"]


def test_the_hour_that_comes_twice() -> None:
    """Clocks were set back at 3:00 on 25 October 2026; the order of the lines stays."""
    said = {"01:59:00": "one", "02:30:00": "two", "02:10:00": "three", "03:00:00": "four"}
    lines = "".join(f"2026-10-25 {clock}\tbob\t{text}\n" for clock, text in said.items())
    name = "irc.libera.#den.weechatlog"
    entries, _ = read("weechat", {name: lines}, zone=ZoneInfo("Europe/Berlin"))
    assert [each.message.tags["time"][11:16] for each in entries] == [
        "23:59", "00:30", "01:10", "02:00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("format", "line", "fault"),
    [
        ("irssi", "hello", "line 3: expected a line such as 15:00 <bob> hello"),
        ("irssi", "25:00 < bob> hi", "line 3: expected a time"),
        ("irssi", "--- Log opened Fr Nov 20", None),
        ("weechat", "hello", "line 2: expected a line such as 2026-11-20 15:00:15, a tab, bob"),
        ("weechat", "2026-13-20 15:00:15\tbob\thi", "line 2: expected a time"),
        ("weechat", "1960-11-20 15:00:15\tbob\thi", "line 2: expected a time"),
        ("znc", "hello", r"line 2: expected a line such as [15:00:15] <bob> hello"),
        ("znc", "[15:61:15] <bob> hi", "line 2: expected a time"),
        ("znc", f"[15:00:15] <bob> {'x' * 70_000}", "line 2: expected a line of at most 65,536"),
    ],
)
def test_what_is_no_log_is_a_fault_with_its_line(format: str, line: str, fault: str | None) -> None:
    name, sample = SAMPLES[format]
    _, reading = read(format, {name: f"{sample}{line}\n"})
    assert [each[: len(fault or "") + len(name) + 1] for each in faults(reading)] == (
        [f"{name} {fault}"] if fault else []
    )


def test_a_day_in_another_language() -> None:
    _, reading = read(
        "irssi", {"#den.log": "--- Log geöffnet Fr Nov 20 15:00:15 2026\n15:00 <a> b"}
    )
    assert [each.partition(": ")[2][:24] for each in faults(reading)] == [
        "expected an English date", "expected a line before t",
    ]  # fmt: skip


def test_old_encodings_and_line_ends() -> None:
    name, _ = SAMPLES["znc"]
    data = b"\xef\xbb\xbf[15:00:15] <bob> gr\xfc\xdfe\r\n\r\n[15:00:16] <bob> gr\xc3\xbc\xc3\x9fe\0"
    entries, reading = read("znc", {name: data})
    assert [each.message.params[1] for each in entries] == ["grüße", "grüße"]
    assert faults(reading) == []


def test_a_second_log_of_the_same_lines_is_the_same() -> None:
    """Somebody else's log, or an older copy: equal lines of one moment are counted."""
    name, _ = SAMPLES["irssi"]
    one, _ = read("irssi", {name: IRSSI})
    two, _ = read("irssi", {"other/#den.log": IRSSI + "09:01 < bob> more\n"})
    ids = [each.message.tags["msgid"] for each in one]
    assert len(set(ids)) == len(ids)
    assert [each.message.tags["msgid"] for each in two[:-1]] == ids


HOSTILE = (
    '2026-11-20 15:00:15\t--\ta has changed topic for #d from "' + 'to "' * 14_000,
    "2026-11-20 15:00:15\t-->\t" + "a [" * 20_000,
    "2026-11-20 15:00:15\t<--\ta has quit (" + "(" * 60_000,
)


@pytest.mark.parametrize("line", HOSTILE, ids=["topic", "join", "quit"])
def test_a_hostile_line_costs_no_more_than_its_length(line: str) -> None:
    """A pattern that looked at each place of a line from each other one would take minutes."""
    began = time.process_time()
    read("weechat", {"irc.n.#d.weechatlog": line})
    assert time.process_time() - began < 5
