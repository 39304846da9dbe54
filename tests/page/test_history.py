"""The page's history: a window of consecutive lines, sans I/O (`protocol/history.js`)."""

from typing import Any

# A server with the messages m0 … m(count - 1), of which "newest" is the last that it knows.
SERVER = """
const { History, MOST_LINES } = await import("/protocol/history.js");
const line = (number, more = {}) => ({
  id: `m${number}`, key: `k${number}`, kind: "message", nick: "bob", text: `${number}`, time: number, reactions: new Map(), ...more,
});
let count = it.count;
let gone = new Set();
const asked = [];
let following = true;
const ask = async (subcommand, [reference], limit) => {
  asked.push(subcommand);
  const at = Number(reference.replace("msgid=m", ""));
  const all = Array.from({ length: count }, (_, number) => number).filter((number) => !gone.has(number));
  const half = Math.floor(limit / 2);
  const page = {
    LATEST: () => all.slice(-limit), BEFORE: () => all.filter((each) => each < at).slice(-limit),
    AFTER: () => all.filter((each) => each > at).slice(0, limit),
    AROUND: () => all.filter((each) => each >= at - half && each < at + half),
  }[subcommand]();
  return { entries: page.map((number) => line(number)), isEnd: false };
};
const history = new History({ ask, isFollowing: () => following });
const texts = () => history.lines.map(({ text }) => Number(text));
const isConsecutive = () => texts().every((number, index, all) => !index || number === all[index - 1] + 1);
const says = (number = count++) => history.append(line(number));
"""


def test_pages_upwards_join_without_gap_and_end_at_the_beginning(run: Any) -> None:
    body = f"""{SERVER}
    await history.latest();
    while (!history.isAtStart) await history.older();
    return {{ texts: texts(), isLive: history.isLive, isConsecutive: isConsecutive() }};
    """
    found = run(body, {"count": 150})
    assert found == {"texts": list(range(150)), "isLive": True, "isConsecutive": True}


def test_the_window_is_bounded_and_moves_both_ways(run: Any) -> None:
    body = f"""{SERVER}
    await history.latest();
    following = false;
    while (!history.isAtStart) await history.older();
    const up = {{ first: texts()[0], size: texts().length, isLive: history.isLive }};
    says();
    while (!history.isLive) await history.newer();
    return {{ up, MOST_LINES, last: texts().at(-1), size: texts().length, isConsecutive: isConsecutive(), isAtStart: history.isAtStart }};
    """
    found = run(body, {"count": 1000})
    assert found["up"] == {"first": 0, "size": found["MOST_LINES"], "isLive": False}
    assert (found["last"], found["size"]) == (1000, found["MOST_LINES"])
    assert found["isConsecutive"] and not found["isAtStart"]


def test_what_is_said_while_a_page_comes_is_neither_lost_nor_doubled(run: Any) -> None:
    body = f"""{SERVER}
    const page = history.latest();
    says();          // asked already: not in the page
    history.append(line(it.count - 1)); // in the page too
    await page;
    says();
    history.append(line(it.count));
    return texts();
    """
    assert run(body, {"count": 5}) == [0, 1, 2, 3, 4, 5, 6]


def test_after_a_loss_the_gap_is_filled_and_what_was_deleted_is_gone(run: Any) -> None:
    body = f"""{SERVER}
    await history.latest();
    count += 20; gone.add(7); gone.add(12);
    await history.latest();
    return texts();
    """
    expected = [number for number in range(30) if number not in (7, 12)]
    assert run(body, {"count": 10}) == expected


def test_after_a_long_loss_the_window_begins_anew(run: Any) -> None:
    body = f"""{SERVER}
    await history.latest();
    count += 5000;
    await history.latest();
    const latest = texts();
    await history.older();
    return {{ first: latest[0], last: latest.at(-1), isConsecutive: isConsecutive() }};
    """
    assert run(body, {"count": 10}) == {"first": 4950, "last": 5009, "isConsecutive": True}


def test_who_reads_above_keeps_their_place_when_the_connection_returns(run: Any) -> None:
    body = f"""{SERVER}
    await history.latest();
    following = false;
    count += 5000;
    await history.latest();
    const kept = texts();
    says();
    const unseen = history.unseen;
    await history.newer();
    return {{ kept: kept.length, last: kept.at(-1), unseen, isLive: history.isLive, isConsecutive: isConsecutive() }};
    """
    found = run(body, {"count": 10})
    assert found == {"kept": 10, "last": 9, "unseen": 1, "isLive": False, "isConsecutive": True}


def test_a_flood_does_not_move_what_is_read_above(run: Any) -> None:
    body = f"""{SERVER}
    await history.latest();
    following = false;
    const first = texts()[0];
    for (let number = 0; number < 2000; number += 1) says();
    const held = texts()[0] === first;
    await history.jump();
    return {{ held, size: texts().length <= MOST_LINES, last: texts().at(-1), isConsecutive: isConsecutive() }};
    """
    found = run(body, {"count": 100})
    assert found == {"held": True, "size": True, "last": 2099, "isConsecutive": True}


def test_a_message_opens_in_its_context(run: Any) -> None:
    body = f"""{SERVER}
    await history.latest();
    const isThere = await history.around("m500");
    const before = texts();
    await history.newer();
    await history.older();
    const none = await history.around("m9999").catch(() => false);
    return {{ isThere, none, has: before.includes(500), isLive: history.isLive, isConsecutive: isConsecutive() }};
    """
    found = run(body, {"count": 1000})
    expected = {"isThere": True, "none": False, "has": True, "isLive": False, "isConsecutive": True}
    assert found == expected


def test_reactions_reach_lines_that_come_later(run: Any) -> None:
    body = f"""{SERVER}
    const react = (id, nick, isOn) => history.react({{ id, emoji: "+", nick, isOn }});
    react("m3", "cy", true);
    await history.latest();
    react("m3", "bob", true); react("m3", "bob", true); react("m4", "bob", true); react("m4", "bob", false);
    return [3, 4].map((number) => [...(history.find(`m${{number}}`).reactions.get("+") ?? [])]);
    """
    assert run(body, {"count": 5}) == [["cy", "bob"], []]


def test_a_failed_page_leaves_the_window_usable(run: Any) -> None:
    body = f"""{SERVER}
    const broken = new History({{ ask: async () => {{ throw new Error("lost") }} }});
    const page = broken.latest().catch((error) => error.message);
    broken.append(line(1));
    const error = await page;
    broken.append(line(2));
    return {{ error, texts: broken.lines.map(({{ text }}) => text), isLoading: broken.isLoading }};
    """
    assert run(body, {"count": 0}) == {"error": "lost", "texts": ["1", "2"], "isLoading": False}
