"""Keys into lines to send: Enter, questions, Tab, pastes and searches."""

from collections.abc import Sequence

import pytest

from chatroom.client.completing import Completion
from chatroom.client.terminal.dialogs import NOT_AGAIN
from chatroom.client.terminal.input_line import LEAVE_HINT, MARK, InputLine
from chatroom.client.terminal.keys import PASTE, TEXT, Key


class Commands:
    """Completes some commands, at the line's beginning."""

    def complete(self, text: str, cursor: int) -> Completion:
        names = ("/help ", "/who ", "/whois ")
        return Completion(0, [name for name in names if name.startswith(text[:cursor])])


class Typing:
    """Somebody at an input line; `sent` are the lines that came out, `done` the bound keys."""

    def __init__(self, *remembered: str) -> None:
        self.line = InputLine(remembered)
        self.line.completer = Commands()
        self.sent: list[Sequence[str]] = []
        self.done: list[str] = []
        for name in ("KEY_CTRL_C", "KEY_CTRL_D", "KEY_CTRL_L", "KEY_ALT_a"):
            self.line.bindings[name] = lambda name=name: self.done.append(name)

    def press(self, *names: str) -> "Typing":
        for name in names:
            self._key(Key(name))
        return self

    def type(self, text: str) -> "Typing":
        self._key(Key(TEXT, text))
        return self

    def paste(self, text: str) -> "Typing":
        self._key(Key(PASTE, text))
        return self

    def _key(self, key: Key) -> None:
        lines = self.line.press(key)
        if lines:
            self.sent.append(lines)

    @property
    def seen(self) -> str:
        """Prompt and line, with a bar for the cursor, and what is suggested in brackets."""
        view = self.line.view
        before, after = view.graphemes[: view.cursor], view.graphemes[view.cursor :]
        suggested = f"[{view.suggestion}]" if view.suggestion else ""
        return f"{view.prompt}{''.join(before)}|{''.join(after)}{suggested}"


def test_enter_sends_and_empties() -> None:
    """An empty line, too: it is an answer to some questions."""
    typing = Typing().type("hello").press("KEY_LEFT", "KEY_ENTER", "KEY_ENTER")
    assert typing.sent == [["hello"], [""]]
    assert typing.seen == f"{MARK}|"
    assert typing.press("KEY_CTRL__").seen == f"{MARK}|"


def test_ctrl_c_empties_the_line_then_leaves() -> None:
    """And says so in between, until the next key."""
    typing = Typing().type("oops").press("KEY_CTRL_C")
    assert (typing.seen, typing.line.view.below, typing.done) == ("> |", [LEAVE_HINT], [])
    assert typing.press("KEY_CTRL_C").done == ["KEY_CTRL_C"]
    assert typing.line.view.below == []


def test_ctrl_d_deletes_or_leaves() -> None:
    """As in a shell."""
    typing = Typing().type("ab").press("KEY_HOME", "KEY_CTRL_D", "KEY_CTRL_D")
    assert (typing.seen, typing.done) == ("> |", [])
    assert typing.press("KEY_CTRL_D").done == ["KEY_CTRL_D"]


def test_keys_that_are_bound() -> None:
    """What the line has no use for does what it is bound to, or nothing."""
    typing = Typing().type("ab").press("KEY_CTRL_L", "KEY_ALT_a", "KEY_ALT_9", "KEY_PGUP")
    assert typing.done == ["KEY_CTRL_L", "KEY_ALT_a"]
    assert typing.seen == "> ab|"


def test_status() -> None:
    """What stands before the line."""
    typing = Typing()
    typing.line.status = "general [+3] "
    assert typing.type("a").seen == "general [+3] a|"


# Questions


def test_a_question_stands_before_the_line() -> None:
    """Its answer knows no earlier lines; what was begun before goes on behind it."""
    typing = Typing("alpha").type("al")
    typing.line.ask("Nickname: ")
    assert typing.seen == "Nickname: al|"
    typing.type("ice").press("KEY_UP", "KEY_ENTER")
    assert typing.sent == [["alice"]]
    typing.type("next")
    typing.line.answered()
    assert typing.seen == "> next|"
    assert typing.press("KEY_CTRL_U").type("al").seen == "> al|[pha]"


def test_a_question_after_a_question() -> None:
    """The second stands in the first one's place, and the line comes back after it."""
    typing = Typing()
    typing.line.ask("Nickname: ")
    typing.line.ask("Room: ")
    assert typing.seen == "Room: |"
    typing.line.answered()
    typing.line.answered()
    assert typing.seen == "> |"


def test_a_question_that_a_key_answers() -> None:
    """Without Enter, once; what comes behind it is the next line."""
    typing = Typing()
    typing.line.ask("Sure? [y/n] ", keys=("y", "n"))
    assert typing.type("x").press("KEY_BACKSPACE").type("Y").sent == [["Y"]]
    assert typing.type("n").seen == "Sure? [y/n] n|"
    typing.line.answered()
    assert typing.type("y").seen == "> ny|"
    typing.line.ask("Name: ")
    assert typing.press("KEY_CTRL_U").type("y").sent == [["Y"]]


def test_a_key_that_goes_on_with_a_line() -> None:
    """The question came while something was typed, which is no answer; nor is a whole word."""
    typing = Typing().type("ma")
    typing.line.ask("Sure? [y/n] ", keys=("y", "n"))
    assert typing.type("y").seen == "Sure? [y/n] may|"
    assert typing.press("KEY_CTRL_U").type("yes").press("KEY_ENTER").sent == [["yes"]]


def test_a_secret_is_hidden_and_forgotten() -> None:
    """Neither in sight nor within reach of the up arrow, and no half of it is left."""
    typing = Typing()
    typing.line.ask("Password: ", secret=True)
    assert typing.type("sesame").seen == "Password: ******|"
    typing.press("KEY_ENTER").type("x")
    typing.line.answered()
    assert typing.sent == [["sesame"]]
    assert typing.press("KEY_UP", "KEY_CTRL_Y").seen == "> |"


def test_a_pasted_secret_is_hidden_too() -> None:
    """However many lines it has; the first one counts."""
    typing = Typing()
    typing.line.ask("Password: ", secret=True)
    typing.paste("sesame\nmore\n")
    assert (typing.seen, typing.line.view.below) == ("Password: ******|", [])
    assert typing.press("KEY_ENTER").sent == [["sesame"]]


# Tab


def test_tab_completes_and_goes_on() -> None:
    """What all have in common, then one after the other, and back."""
    typing = Typing().type("/wh").press("KEY_TAB")
    assert typing.seen == "> /who|"
    assert list(typing.line.view.choices) == ["/who", "/whois"]
    assert typing.press("KEY_TAB").seen == "> /who |"
    assert typing.line.view.chosen == 0
    assert typing.press("KEY_TAB").seen == "> /whois |"
    assert typing.press("KEY_TAB", "KEY_BTAB").seen == "> /whois |"
    assert typing.type("bob").line.view.choices == []
    assert typing.press("KEY_CTRL__", "KEY_CTRL__", "KEY_CTRL__").seen == "> /whois |"


def test_tab_with_one_candidate_or_none() -> None:
    """One is taken; for none the bell rings."""
    typing = Typing().type("/hel").press("KEY_TAB")
    assert (typing.seen, typing.line.view.choices) == ("> /help |", [])
    typing.press("KEY_CTRL_U").type("/xyz").press("KEY_TAB")
    assert (typing.seen, typing.line.bell) == ("> /xyz|", True)


def test_tab_at_a_question() -> None:
    """It completes too, unless what is typed is a secret."""
    typing = Typing()
    typing.line.ask("Room: ")
    assert typing.type("/hel").press("KEY_TAB").seen == "Room: /help |"
    typing.press("KEY_ENTER")
    typing.line.answered()
    typing.line.ask("Password: ", secret=True)
    assert typing.type("/hel").press("KEY_TAB").seen == "Password: ****|"


class Names:
    """Completes nicknames, wherever they stand."""

    def complete(self, text: str, cursor: int) -> Completion:
        start = text.rfind(" ", 0, cursor) + 1
        begun = text[start:cursor].casefold()
        names = [name for name in ("Äsop", "日本", "Äneas") if name.casefold().startswith(begun)]
        return Completion(start, names)


def test_tab_in_the_middle_of_a_line() -> None:
    """What stands behind the cursor stays there; case does not matter to the completer."""
    typing = Typing().type("hi ä!").press("KEY_LEFT")
    typing.line.completer = Names()
    assert typing.press("KEY_TAB").seen == "> hi Äsop|!"
    assert typing.press("KEY_TAB").seen == "> hi Äneas|!"
    assert typing.press("KEY_CTRL_U").type("日").press("KEY_TAB").seen == "> 日本|!"


# Pastes


def test_a_pasted_line_is_inserted() -> None:
    """Without its line end, and without what would move the cursor."""
    typing = Typing().type("ab").press("KEY_LEFT").paste("x\ty\x1b[A\n")
    assert typing.seen == "> ax y[A|b".replace("x y", "x   y")
    assert typing.sent == []


LINES = "one\r\ntwo\rthree\n"


def test_several_pasted_lines_are_shown_first() -> None:
    """Together with what stands around them; y sends them all as one."""
    typing = Typing().type("<>").press("KEY_LEFT").paste(LINES)
    assert typing.line.view.prompt == "Send these 3 lines? [y/n/e(dit)] "
    assert typing.line.view.below == ["| <one", "| two", "| three>", NOT_AGAIN]
    assert typing.type("?").press("KEY_ENTER").sent == []
    assert typing.type("y").sent == [["<one", "two", "three>"]]
    assert typing.seen == "> |"


def test_blank_lines_in_a_paste() -> None:
    """They are neither counted nor shown where the server would not get them."""
    typing = Typing().paste("\none\n \n\ntwo\n\n")
    assert typing.line.view.prompt == "Send these 2 lines? [y/n/e(dit)] "
    assert typing.line.view.below == ["| one", "| two", NOT_AGAIN]
    assert typing.type("y").sent == [["one", "two"]]
    assert typing.paste("\nalone\n\n").seen == "> alone|"
    assert typing.paste("\n").seen == "> alone|"


def test_blank_lines_within_one_message() -> None:
    """Where the server takes several lines as one, those in between go with it."""
    typing = Typing()
    typing.line.keeps_blank_lines = True
    assert typing.paste("\none\n\ntwo\n\n").type("y").sent == [["one", "", "two"]]


@pytest.mark.parametrize("key", [Key(TEXT, "n"), Key("KEY_ESCAPE"), Key("KEY_CTRL_C")])
def test_a_paste_that_is_not_sent(key: Key) -> None:
    """What was typed before stays."""
    typing = Typing().type("ab").paste(LINES)
    typing.line.press(key)
    assert (typing.seen, typing.sent, typing.done) == ("> ab|", [], [])


def test_a_paste_that_is_edited() -> None:
    """In the line, with a sign for each line end; Enter sends them all as one."""
    typing = Typing().paste(LINES).type("e")
    assert typing.seen == "> one⏎two⏎three|"
    assert typing.press("KEY_BACKSPACE", "KEY_ENTER").sent == [["one", "two", "thre"]]


def test_a_long_paste_is_shown_in_part() -> None:
    """And what is in it is shown, not obeyed."""
    typing = Typing().paste("\n".join(["\x1b[2J", *map(str, range(20))]))
    assert typing.line.view.below[0] == "| ^[[2J"
    assert typing.line.view.below[-2:] == ["| ... and 15 more", NOT_AGAIN]
    assert len(typing.line.view.below) == 8


def test_the_question_about_pastes_can_be_turned_off() -> None:
    """Then they are sent at once."""
    typing = Typing()
    typing.line.asks_before_paste = False
    assert typing.type("a").paste(LINES).sent == [["aone", "two", "three"]]


# Searches


def test_ctrl_r_searches_earlier_lines() -> None:
    """The newest first; Enter sends what was found."""
    typing = Typing("one tea", "coffee", "two teas").type("x").press("KEY_CTRL_R")
    assert typing.seen == "(search ''): x|"
    assert typing.type("tea").seen == "(search 'tea'): two tea|s"
    assert typing.press("KEY_CTRL_R").seen == "(search 'tea'): one tea|"
    assert typing.press("KEY_CTRL_R").seen == "(nothing has 'tea'): one tea|"
    assert typing.press("KEY_BACKSPACE").seen == "(search 'te'): two te|as"
    assert typing.press("KEY_ENTER").sent == [["two teas"]]


@pytest.mark.parametrize(
    ("name", "seen"),
    [("KEY_CTRL_G", "> draft|"), ("KEY_ESCAPE", "> one| tea"), ("KEY_HOME", "> |one tea")],
)
def test_a_search_ends(name: str, seen: str) -> None:
    """Without a trace, or with what was found, to be edited."""
    typing = Typing("one tea").type("draft").press("KEY_CTRL_R").type("one").press(name)
    assert typing.seen == seen
