"""Keys into lines to send: Enter, questions, Tab, pastes and searches."""

from functools import partial

import pytest

from chatroom.client.terminal.dialogs import AS_TEXT, NOT_AGAIN
from chatroom.client.terminal.input_line import (
    LEAVE_HINT,
    MARK,
    ONE_ANSWER,
    ONE_LINE,
    TOO_LONG,
    InputLine,
)
from chatroom.client.terminal.keys import LONGEST_PASTE, PASTE, TEXT, Key
from chatroom.client.ui.buffers import Buffer
from chatroom.client.ui.entries import Entry, Weighed
from chatroom.client.ui.ports import Completion


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
        self.entered: list[Entry] = []
        self.done: list[str] = []
        for name in ("KEY_CTRL_C", "KEY_CTRL_D", "KEY_CTRL_L", "KEY_ALT_a"):
            self.line.bindings[name] = partial(self.done.append, name)

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
        entry = self.line.press(key)
        if entry:
            self.entered.append(entry)

    @property
    def sent(self) -> list[list[str]]:
        return [list(entry.lines) for entry in self.entered]

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


def test_the_status_stands_before_the_line() -> None:
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


def test_a_question_does_not_take_a_line_that_was_begun() -> None:
    """In a conversation it is for that one; a secret takes nothing at all. It comes back."""
    for secret in (False, True):
        typing = Typing()
        typing.line.converse(Buffer("general") if not secret else None)
        typing.type("half a li").press("KEY_LEFT")
        typing.line.ask("Password: ", secret=secret)
        assert typing.seen == "Password: |"
        typing.type("sesame").press("KEY_ENTER")
        assert [entry.secret for entry in typing.entered] == [secret]
        typing.line.answered()
        assert typing.type("l").seen == "> half a ll|i"


def test_tab_and_search_end_when_a_question_comes() -> None:
    """What they had begun to put into the line does not go into the answer."""
    typing = Typing("one tea").type("/wh").press("KEY_TAB")
    typing.line.converse(Buffer("general"))
    typing.type("/wh").press("KEY_TAB")
    typing.line.ask("Password: ", secret=True)
    assert typing.press("KEY_TAB").seen == "Password: |"
    typing.line.answered()
    typing.press("KEY_CTRL_U", "KEY_CTRL_R").type("tea")
    typing.line.ask("Name: ")
    assert typing.press("KEY_ENTER").sent == [[""]]
    typing.line.answered()
    assert typing.seen == "> |"


# Conversations


def test_each_conversation_has_its_own_line() -> None:
    """With its cursor; what was begun before there was any goes into the first."""
    tea, cake = Buffer("tea"), Buffer("cake")
    typing = Typing().type("early")
    typing.line.converse(tea)
    assert typing.seen == "> early|"
    typing.press("KEY_LEFT")
    typing.line.converse(cake)
    assert typing.seen == "> |"
    typing.type("sweet").press("KEY_HOME")
    typing.line.converse(tea)
    assert (typing.seen, typing.line.text) == ("> earl|y", "early")
    assert typing.press("KEY_CTRL__", "KEY_DOWN").seen == "> earl|y"
    typing.line.converse(cake)
    assert typing.seen == "> |sweet"
    typing.line.converse(None)
    assert typing.seen == "> |"


def test_the_first_conversation_leaves_the_candidates_of_tab() -> None:
    """It may come while somebody completes a word that they began before."""
    typing = Typing().type("/who").press("KEY_TAB")
    typing.line.converse(Buffer("tea"))
    assert typing.line.view.choices == ["/who", "/whois"]
    assert typing.press("KEY_TAB").seen == "> /whois |"


def test_lines_typed_before_across_conversations() -> None:
    """Up and Down lead back to what was begun here, not there."""
    tea, cake = Buffer("tea"), Buffer("cake")
    typing = Typing("first", "second")
    typing.line.converse(tea)
    typing.type("mine").press("KEY_UP")
    typing.line.converse(cake)
    assert typing.press("KEY_DOWN").seen == "> |"
    assert typing.type("x").press("KEY_UP", "KEY_UP", "KEY_DOWN", "KEY_DOWN").seen == "> x|"


def test_what_could_not_be_sent_stands_there_again() -> None:
    """Unless something else is typed: then the up arrow has it. Several lines are one."""
    typing = Typing()
    typing.line.put_back(["hello"], text=False)
    assert typing.seen == "> hello|"
    typing.line.put_back(["other"], text=False)
    assert typing.press("KEY_UP").seen == "> other|"
    typing.press("KEY_DOWN").type("/join x").press("KEY_ENTER", "KEY_CTRL_C")
    assert (typing.sent, typing.seen) == ([["hello/join x"]], "> |")
    typing.entered.clear()
    typing.line.put_back(["/one", "two"], text=True)
    assert typing.seen == "> //one⏎two|"
    typing.press("KEY_ENTER")
    assert (typing.sent, typing.entered[0].pasted) == ([["/one", "two"]], True)


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
    """However many lines it has; the first one counts, and that is said."""
    typing = Typing()
    typing.line.ask("Password: ", secret=True)
    typing.paste("sesame\nmore\n")
    assert (typing.seen, typing.line.view.below) == ("Password: ******|", [ONE_ANSWER])
    assert typing.press("KEY_ENTER").sent == [["sesame"]]


def test_a_command_behind_what_stands_there_again() -> None:
    """Such as /join: it does not become a part of the line, which comes back."""
    typing = Typing()
    typing.line.put_back(["hello"], text=False)
    assert typing.type("/join x").seen == "> /join x|"
    assert typing.press("KEY_ENTER").sent == [["/join x"]]
    assert typing.seen == "> hello|"
    assert typing.type("!").press("KEY_ENTER").sent[1:] == [["hello!"]]


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
    assert typing.seen == "Send 3 lines? [y/n/e] |"
    assert typing.line.view.below == ["| <one", "| two", "| three>", NOT_AGAIN]
    assert typing.type("?").press("KEY_ENTER").sent == []
    assert typing.type("y").sent == [["<one", "two", "three>"]]
    assert (typing.entered[0].pasted, typing.seen) == (True, "> |")


def test_blank_lines_in_a_paste() -> None:
    """They are kept, but for those around it."""
    typing = Typing().paste("\none\n \n\ntwo\n\n")
    assert typing.line.view.below == ["| one", "|  ", "| ", "| two", NOT_AGAIN]
    assert typing.type("y").sent == [["one", " ", "", "two"]]
    assert typing.paste("\nalone\n\n").seen == "> alone|"
    assert typing.paste("\n").seen == "> alone|"


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_what_ends_a_pasted_line(end: str) -> None:
    """Everything that does in Unicode (section 5.8)."""
    assert Typing().paste(f"one{end}{end}two").type("y").sent == [["one", "", "two"]]


def test_a_paste_is_text() -> None:
    """Whatever is in it, and in whichever line; two slashes are meant to be two."""
    script = ["/quit now", "  exit", "exit", "//two", "/etc/hosts is wrong"]
    typing = Typing().paste("\n".join(script)).type("y")
    assert (typing.sent, typing.entered[0].pasted) == ([script], True)
    typing.type("//").paste("a\nb").type("y")
    assert typing.sent[1] == ["/a", "b"]


def test_several_lines_for_a_command() -> None:
    """It takes one: nothing is pasted, lest what is for one person is said to all."""
    typing = Typing().type("/msg eve ").paste(LINES)
    assert (typing.seen, typing.line.view.below) == ("> /msg eve |", [ONE_LINE])
    typing = Typing().paste("one\ntwo").type("e").press("KEY_HOME").type("/msg eve ")
    assert typing.press("KEY_ENTER").sent == []
    assert typing.seen == "> /msg eve |one⏎two"


def test_a_pasted_line_that_looks_like_a_command() -> None:
    """Is asked about when it is sent; what was typed is not."""
    for line in ("/quit now", "/etc/hosts is wrong", "exit"):
        typing = Typing().paste(line).press("KEY_ENTER")
        assert typing.sent == []
        assert typing.seen == f"Run this as a command? [y/n/t] {line}|"
        assert typing.line.view.below == [AS_TEXT]
        assert typing.type("n").seen == f"> {line}|"
        typing.press("KEY_ENTER").type("t").paste(line).press("KEY_ENTER").type("y")
        assert [(*entry.lines, entry.pasted) for entry in typing.entered] == [
            (line, True),
            (line, False),
        ]
    assert Typing().type("/msg bob ").paste("/quit").press("KEY_ENTER").sent == [["/msg bob /quit"]]
    assert Typing().paste("/quit").press("KEY_CTRL_U").type("/who").press("KEY_ENTER").sent


def test_a_long_pasted_line_is_asked_about() -> None:
    """Where it would become many messages; else it goes into the line."""
    typing = Typing()
    typing.line.weigh = lambda lines: Weighed(
        sum(len(line) // 400 + 1 for line in lines), "Send this as 36 messages?"
    )
    assert typing.paste("x" * 1000).sent == []
    assert typing.seen == f"> {'x' * 1000}|"
    typing.press("KEY_CTRL_U").type("<").paste("x" * 14_000)
    assert typing.seen == "Send this as 36 messages? [y/n/e] |"
    assert len(typing.line.view.below[0]) < 1000
    assert typing.type("y").sent == [["<" + "x" * 14_000]]


def test_a_paste_without_measure() -> None:
    """Is not taken at all."""
    typing = Typing().type("a").paste("x" * (LONGEST_PASTE + 1))
    assert (typing.seen, typing.line.view.below, typing.line.bell) == ("> a|", [TOO_LONG], True)


def test_a_paste_at_a_question() -> None:
    """Its first line is the answer, to be sent with Enter; the others are not said to anybody."""
    typing = Typing()
    typing.line.ask("Nickname: ")
    typing.paste("alice\nexit\n")
    assert (typing.seen, typing.sent) == ("Nickname: alice|", [])
    assert typing.line.view.below == [ONE_ANSWER]


@pytest.mark.parametrize("key", [Key(TEXT, "n"), Key("KEY_ESCAPE"), Key("KEY_CTRL_C")])
def test_a_paste_that_is_not_sent(key: Key) -> None:
    """What was typed before stays."""
    typing = Typing().type("ab").paste(LINES)
    typing.line.press(key)
    assert (typing.seen, typing.sent, typing.done) == ("> ab|", [], [])


def test_a_paste_that_is_edited() -> None:
    """In the line, with a sign for each line end; Enter sends them all as one. The sign is only a
    sign where nothing was pasted."""
    typing = Typing().paste(f"/{LINES}").type("e")
    assert typing.seen == "> //one⏎two⏎three|"
    assert typing.press("KEY_BACKSPACE", "KEY_ENTER").sent == [["/one", "two", "thre"]]
    assert typing.type("a⏎b").press("KEY_ENTER").sent[1:] == [["a⏎b"]]


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
    assert typing.press("KEY_CTRL_R").seen == "(not found: 'tea'): one tea|"
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


TWO_LINES = "one\ntwo"


@pytest.mark.parametrize(
    "keys",
    [
        ("KEY_CTRL_U", "KEY_CTRL_Y"),
        ("KEY_CTRL_W", "KEY_CTRL_Y"),
        ("KEY_CTRL_A", "KEY_CTRL_K", "KEY_CTRL_Y"),
        ("KEY_CTRL_U", "KEY_CTRL__"),
        ("KEY_CTRL_U", "KEY_CTRL_Y", "KEY_CTRL_U", "KEY_CTRL_Y"),
    ],
)
def test_several_lines_that_were_cut_come_back_as_several(keys: tuple[str, ...]) -> None:
    typing = Typing().paste(TWO_LINES).type("e").press(*keys, "KEY_ENTER")
    assert typing.sent == [["one", "two"]]


def test_several_lines_that_were_cut_go_into_a_later_line() -> None:
    typing = Typing().paste(TWO_LINES).type("e").press("KEY_CTRL_U").type("typed")
    typing.press("KEY_ENTER").type("zero ").press("KEY_CTRL_Y", "KEY_ENTER")
    assert typing.sent == [["typed"], ["zero one", "two"]]


def test_a_sign_that_was_typed_is_none_of_a_line() -> None:
    typing = Typing().type("one⏎two").press("KEY_CTRL_U", "KEY_CTRL_Y", "KEY_ENTER")
    assert typing.sent == [["one⏎two"]]


@pytest.mark.parametrize("command", ["/quit", "exit"])
@pytest.mark.parametrize(
    "keys",
    [
        ("KEY_CTRL_U", "KEY_CTRL_Y"),
        ("KEY_CTRL_U", "KEY_CTRL__"),
        ("KEY_CTRL_A", "KEY_CTRL_K", "KEY_CTRL_Y"),
        ("KEY_CTRL_W", "KEY_CTRL_Y"),
    ],
)
def test_a_pasted_command_that_was_cut_asks_again(command: str, keys: tuple[str, ...]) -> None:
    typing = Typing().paste(command).press(*keys, "KEY_ENTER")
    assert not typing.sent
    assert typing.type("y").sent == [[command]]


@pytest.mark.parametrize("command", ["/quit", "exit"])
def test_a_pasted_command_asks_when_what_was_typed_before_it_is_gone(command: str) -> None:
    typing = Typing().type("a ").paste(command)
    typing.press("KEY_CTRL_A", "KEY_DELETE", "KEY_DELETE", "KEY_ENTER")
    assert not typing.sent
    typing = Typing().type("a ").paste(command).press("KEY_CTRL_W", "KEY_BACKSPACE")
    assert not typing.press("KEY_BACKSPACE", "KEY_CTRL_Y", "KEY_ENTER").sent


def test_what_was_typed_is_not_asked_about() -> None:
    """A command that was cut, or typed around what was pasted."""
    typing = Typing().type("/who").press("KEY_CTRL_U", "KEY_CTRL_Y", "KEY_ENTER")
    typing.type("/msg bob ").paste("tea").press("KEY_CTRL_W", "KEY_CTRL_Y", "KEY_ENTER")
    assert typing.sent == [["/who"], ["/msg bob tea"]]
