"""Reactions to the lines of the past: on entering, paging back, and after a loss."""

from chatroom.client.protocol.capabilities import WANTED
from chatroom.client.ui.own_reactions import REMEMBERED
from chatroom.wire.capabilities import REACTIONS
from client.ui.test_catch_up import come_back, lose, settle, words
from client.visitor import NOON, Visit, batch, entered, line


def react(number: int, to: str, who: str = "carol", tag: str = "react") -> str:
    """A reaction with the msgid r7, to the message of that msgid."""
    tags = f"msgid=r{number};time={NOON.format(number)};+draft/{tag}=👍;+draft/reply={to}"
    return f"@{tags} :{who}!c@h TAGMSG #general\n"


def test_on_entering() -> None:
    """As they look when they happen, where they stood; the next question begins with a line."""
    visit = Visit()
    visit.hear(batch([line(1), react(2, "m1"), line(3), react(4, "m1", tag="unreact")]))
    assert words(visit.shown())[-5:] == [
        "<bob> message 1",
        '-- carol reacted 👍 to "message 1"',
        "<bob> message 3",
        '-- carol removed 👍 from "message 1"',
        "--- you are up to date ---",
    ]
    visit.sent()
    assert visit.types("/history more") == "CHATHISTORY BEFORE #general msgid=m1 20"


def test_paging_back_brings_the_line_that_was_reacted_to() -> None:
    """A reaction to something further up waits for it, and is shown once."""
    visit = entered([react(7, "m1"), line(6), react(8, "nowhere")])
    assert visit.types("/history more") == "CHATHISTORY BEFORE #general msgid=m6 20"
    visit.shown()
    visit.hear(batch([line(1), line(2)]))
    assert words(visit.shown())[-3:] == [
        "<bob> message 1",
        "<bob> message 2",
        '-- carol reacted 👍 to "message 1"',
    ]
    visit.hear(batch([line(1)]))
    assert "reacted" not in visit.out.getvalue()


def test_whom_one_does_not_hear() -> None:
    visit = Visit()
    visit.chat.context.settings.set("ignore", "carol")
    visit.hear(batch([line(1), react(2, "m1"), react(3, "m1", who="dora")]))
    assert [each for each in visit.shown() if "reacted" in each] == [
        '-- dora reacted 👍 to "message 1"'
    ]


def test_what_is_heard_meanwhile_comes_once() -> None:
    """It happened since we came, and the page has it too."""
    visit = Visit()
    visit.hear(react(2, "m1"))
    visit.hear(batch([line(1), react(2, "m1")]))
    assert visit.out.getvalue().count("carol reacted") == 1


def test_after_a_loss_what_was_missed_comes_once() -> None:
    """What was seen on entering or live, others' or our own, is not shown again."""
    visit = entered([line(1), react(2, "m1")])
    visit.hear(react(3, "m1", who="dora"))
    visit.types("/react 1 👍")
    visit.shown()
    lose(visit)
    come_back(visit)
    visit.shown()
    own = react(4, "m1", who="alice")
    missed = [react(5, "m6", who="eve"), line(6), react(7, "m6")]
    visit.hear(batch([react(2, "m1"), react(3, "m1", who="dora"), own, *missed]))
    visit.hear(batch([]))
    assert words([*visit.shown(), *settle(visit)]) == [
        "-- eve reacted 👍 to a message that is not on the screen",
        "<bob> message 6",
        '-- carol reacted 👍 to "message 6"',
    ]
    lose(visit)
    come_back(visit)
    visit.shown()
    visit.hear(batch([react(7, "m6"), react(8, "m6", who="dora")]))
    assert words([*visit.shown(), *settle(visit)]) == ['-- dora reacted 👍 to "message 6"']


def test_an_own_reaction_twice() -> None:
    """Our second one is known by its msgid, although it says the same as our first."""
    visit = entered([line(1)])
    for _ in range(2):
        visit.types("/react 1 👍")
    lose(visit)
    come_back(visit)
    visit.hear(batch([react(number, "m1", who="alice") for number in (2, 3, 4)]))
    assert visit.out.getvalue().count("reacted") == 1


NOT_REACTED = "-- You have not reacted with 🎉 to that line."


def withdraw(visit: Visit, emoji: str, number: int = 1) -> str:
    """What is sent for that."""
    return visit.types(f"/unreact {number} {emoji}").partition(";label")[0]


def test_only_a_reaction_of_ours_can_be_withdrawn() -> None:
    """Others' are not ours, nor is one that was withdrawn; with or without a variation selector."""
    visit = entered([line(1), react(2, "m1")])
    visit.hear(react(3, "m1", who="dora"))
    for emoji in ("👍", "❤️"):
        assert withdraw(visit, emoji) == ""
        assert visit.shown()[-1] == NOT_REACTED.replace("🎉", emoji)
    visit.types("/react 1 ❤️")
    assert withdraw(visit, "❤") == "@+draft/unreact=❤;+draft/reply=m1"
    assert withdraw(visit, "❤️") == ""


def test_reactions_of_ours_in_the_history() -> None:
    """On whatever page, in whatever order the pages come."""
    mine = [react(2, "m1", who="Alice"), react(3, "m1", "alice", "unreact")]
    visit = entered([line(1), *mine])
    assert withdraw(visit, "👍") == ""
    visit.hear(batch([line(1), mine[0]]))
    assert withdraw(visit, "👍") == ""
    visit.hear(batch([line(0), *mine, react(5, "m0", "alice")]))
    assert withdraw(visit, "👍") == ""
    assert withdraw(visit, "👍", number=2) == "@+draft/unreact=👍;+draft/reply=m0"


def test_a_history_that_leaves_reactions_out() -> None:
    """There may be one of ours, unless we have seen it go."""
    visit = entered([line(1)], " ".join(set(WANTED) - {REACTIONS}))
    assert withdraw(visit, "👍") == "@+draft/unreact=👍;+draft/reply=m1"
    assert withdraw(visit, "👍") == ""


def test_not_more_of_ours_than_fit_are_remembered() -> None:
    """What may have been forgotten is sent."""
    visit = entered([line(1)])
    many = [react(2, f"x{number}", "alice") for number in range(REMEMBERED + 1)]
    for at in range(0, len(many), 500):
        visit.hear(batch(many[at : at + 500]))
    assert withdraw(visit, "🎉") == "@+draft/unreact=🎉;+draft/reply=m1"
