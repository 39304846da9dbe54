"""The status in front of the input line, and the settings: values in, sentences out."""

import pytest

from chatroom.client.config.settings import SETTINGS, SettingError, Settings
from chatroom.client.ui.status_line import Now, Unread, shorter, status

BOB, GAMES, ART = Unread("bob", 1, False), Unread("#games", 2, True), Unread("#art", 3, False)
MANY = [Unread(f"#r{number}", 1, False) for number in range(7)]


@pytest.mark.parametrize(
    ("now", "text"),
    [
        (Now(), "(no room)"),
        (Now("#general"), "general"),
        (Now("#general", absent=True), "general (you are not in it)"),
        (Now("#x", sending=(3, 40)), "x | sending 3 of 40, Esc stops"),
        (Now("#x", [BOB], offered=True), "x | /yes or /no? | bob:1"),
        (Now("#general", [BOB, ART, GAMES]), "general | games:2! bob:1 art:3"),
        (Now("#general", MANY), "general | r0:1 r1:1 r2:1 r3:1 r4:1 +2"),
        (Now("bob", typing=["bob"]), "bob | bob is typing"),
        (Now("#x", typing=["a", "b", "c"]), "x | a, b and c are typing"),
        (Now("#x", typing=["a", "b", "c", "d"]), "x | several are typing"),
        (Now("#x", away=True, lag=4.2), "x | away | lag 4 s"),
        (Now("#x", calling_again_in=3.7), "x | (reconnecting in 4 s)"),
        (Now("#x", calling_again_in=0), "x | (reconnecting)"),
        (Now("#\x1b", [Unread("e\x07", 1, False)], ["\x9b"]), "^[ | e^G:1 | \\u009b is typing"),
    ],
)
def test_a_status_tells_only_what_there_is(now: Now, text: str) -> None:
    """Only what there is to tell; who is called comes first; nothing a terminal might obey."""
    assert status(now) == text


def test_shorter_ones() -> None:
    """Each leaves out one thing more, what matters least first."""
    now = Now("#conference", [BOB, GAMES], ["bob"], True, lag=4.0, calling_again_in=3.0)
    assert list(shorter(now)) == [
        "conference | games:2! bob:1 | away | lag 4 s | (reconnecting in 3 s)",
        "conference | games:2! bob:1 | away | (reconnecting in 3 s)",
        "conference | games:2! | away | (reconnecting in 3 s)",
        "conference | games:2! | (reconnecting in 3 s)",
        "confere… | games:2! | (reconnecting in 3 s)",
        "confere… | (reconnecting in 3 s)",
        "(reconnecting in 3 s)",
        "conference",
    ]


def test_defaults_are_possible() -> None:
    """And nothing of them is saved."""
    assert all(row.accepts(row.default) for row in SETTINGS.values())
    assert Settings().changed() == {}


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("time", "long", "time is full, short or off, not long."),
        ("bell", "On", "bell is on or off, not On."),
        ("replay", "501", "replay is a number from 0 to 500, not 501."),
        ("replay", "-1", "replay is a number from 0 to 500, not -1."),
        ("replay", "٣", "replay is a number from 0 to 500, not ٣."),
        ("colour", "on", "There is no setting colour; /set lists them."),
    ],
)
def test_what_cannot_be_set(name: str, value: str, sentence: str) -> None:
    """The sentence tells what can."""
    with pytest.raises(SettingError) as error:
        Settings().set(name, value)
    assert str(error.value) == sentence


def test_what_is_saved_comes_back() -> None:
    """Only what differs from the defaults is saved."""
    settings = Settings()
    settings.set("others", "count")
    settings.set("ignore", " eve  *!*@spam ")
    settings.set("bell", "on")
    assert settings.changed() == {"others": "count", "ignore": "eve *!*@spam"}
    again = Settings(settings.changed())
    assert (again["others"], again.words("ignore")) == ("count", ("eve", "*!*@spam"))


def test_the_shortest_one_of_a_room_that_one_is_not_in() -> None:
    """Says so, too."""
    assert list(shorter(Now("#conference", absent=True)))[-1] == "confere… (left)"
    assert list(shorter(Now())) == ["(no room)", "(no room)"]
