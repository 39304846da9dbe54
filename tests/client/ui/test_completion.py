"""What Tab offers, by what stands before the cursor."""

from pathlib import Path

import pytest

from chatroom.client.files.path_completion import paths_beginning
from chatroom.client.ui.completion import ChatCompleter
from chatroom.client.ui.ports import Completion
from client.visitor import ENTERING, Visit, entered


def completed(visit: Visit, text: str, cursor: int) -> Completion:
    """What Tab offers there."""
    return ChatCompleter(visit.chat.context, visit.chat.display).complete(text, cursor)


def here() -> Visit:
    """In #general with bob, Bea and zoe, of whom zoe spoke last, before her bea."""
    visit = entered()
    visit.hear(":s 353 alice = #general :alice bob Bea zoe\n:s 366 alice #general :End\n")
    visit.hear(":bob!b@h PRIVMSG #general :hi\n:bea!b@h PRIVMSG #general :ho\n")
    visit.hear(":zoe!z@h PRIVMSG #general :ha\n:eve!e@h PRIVMSG alice :psst\n")
    visit.hear(":s 322 alice #games 3 :\n:s 322 alice #garden 1 :\n:s 323 alice :End\n")
    return visit


CASES = [
    ("", 0, ("zoe: ", "bea: ", "bob: ")),
    ("b", 0, ("bea: ", "bob: ")),
    ("hi B", 3, ("bea ", "bob ")),
    ("/jo", 0, ("/join ",)),
    ("/JO", 0, ("/join ",)),
    ("//jo", 0, ()),
    ("/join g", 6, ("general ", "games ", "garden ")),
    ("see #ga", 4, ("#games ", "#garden ")),
    ("/whois z", 7, ("zoe ",)),
    ("/msg z", 5, ("zoe ",)),
    ("/msg zoe hi b", 12, ("bea ", "bob ")),
    ("/reply b", 7, ("bea ", "bob ")),
    ("/switch e", 8, ("eve ",)),
    ("/help whoi", 6, ("whois ",)),
    ("/set b", 5, ("bell ",)),
    ("/set others ", 12, ("show ", "count ", "hide ")),
    ("/set ignore ", 12, ()),
    ("/set nothing x", 13, ()),
    ("/log o", 5, ("on ", "off ")),
    ("/part ga", 6, ("games ", "garden ")),
    ("/nonsense b", 10, ("bea ", "bob ")),
    ("so :tada", 3, (":tada: ",)),
    ("/react :tada", 7, (":tada: ",)),
    ("@b", 0, ("@bea ", "@bob ")),
    ("hi @z", 3, ("@zoe ",)),
    ("/me waves at @B", 13, ("@bea ", "@bob ")),
    ("/search from:", 8, ("from:zoe ", "from:bea ", "from:bob ", "from:alice ")),
    ("/search tea From:b", 12, ("From:bea ", "From:bob ")),
    ("/search tea in:ga", 12, ("in:games ", "in:garden ")),
    ("/search fr", 8, ("from:",)),
    ("/search b", 8, ("before:",)),
    ("/search after:2", 8, ()),
    ("/search ", 8, ()),
    ("/unignore ", 10, ("rex ", "*!*@an.example ")),
    ("/unignore r", 10, ("rex ",)),
    ("/help pas", 6, ("password ", "paste ", "past ")),
    ("10:", 0, ()),
    (":", 0, ()),
]


@pytest.mark.parametrize(("text", "start", "candidates"), CASES)
def test_candidates_are_whole_words(text: str, start: int, candidates: tuple[str, ...]) -> None:
    """Each is the whole word with what follows it."""
    chat = here().chat
    chat.context.settings.set("ignore", "rex *!*@an.example")
    found = ChatCompleter(chat.context, chat.display).complete(text, len(text))
    assert (found.start, found.candidates) == (start, candidates)


def test_only_what_stands_before_the_cursor_counts() -> None:
    """The rest of the line may be anything."""
    chat = here().chat
    found = ChatCompleter(chat.context, chat.display).complete("bo and zoe", 2)
    assert (found.start, found.candidates) == (0, ("bob: ",))


@pytest.mark.parametrize(
    ("text", "start", "candidates"),
    [
        ("look at ./fo", 8, ("./foo/", "./foo1.txt ", "./foo2.txt ")),
        ("look at ../here/foo1", 8, ("../here/foo1.txt ",)),
        ("look at ./foo/", 8, ("./foo/deep ",)),
        ("/msg bob ~/he", 9, ("~/here/",)),
        ("look at ./.h", 8, ("./.hidden ",)),
        ("look at ./nowhere/x", 8, ()),
        ("./fo", 0, ("./foo/", "./foo1.txt ", "./foo2.txt ")),
        ("~/he", 0, ("~/here/",)),
    ],
)
def test_files_are_completed_by_their_paths(
    text: str, start: int, candidates: tuple[str, ...], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By their paths. Directories go on."""
    monkeypatch.chdir(home / "here")
    monkeypatch.setenv("HOME", str(home))
    chat = here().chat
    chat.context.services.paths = paths_beginning
    found = ChatCompleter(chat.context, chat.display).complete(text, len(text))
    assert (found.start, found.candidates) == (start, candidates)


def test_files_at_the_beginning_of_a_line(tmp_path: Path) -> None:
    """Where it cannot be a command, also behind the two slashes of a text that begins with one."""
    (tmp_path / "hostname").touch()
    chat = here().chat
    chat.context.services.paths = paths_beginning
    completer = ChatCompleter(chat.context, chat.display)
    for slashes in ("", "/"):
        typed = f"{slashes}{tmp_path}/hostn"
        assert completer.complete(typed, len(typed)) == Completion(0, (f"{typed}ame ",))
    chat.context.services.paths = lambda path: [f"{path}!"]
    assert completer.complete("/wh", 3).candidates == ("/who ", "/whois ")
    assert completer.complete("/et", 3).candidates == ("/et! ",)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home directory with some files, one of them with a name that is not to be shown."""
    directory = tmp_path / "here"
    (directory / "foo").mkdir(parents=True)
    for name in ("foo1.txt", "foo2.txt", "foo\x1b", ".hidden", "foo/deep"):
        (directory / name).touch()
    return tmp_path


def test_in_a_private_talk() -> None:
    """There is one person."""
    visit = here()
    visit.types("/query eve")
    assert completed(visit, "", 0).candidates == ("eve: ",)


def test_at_the_question_for_a_room() -> None:
    """Those that the server has told of; behind the first question, nothing is known yet."""
    visit = Visit(rooms=(), joined=False)
    visit.hear(":s 322 alice #games 3 :\n:s 322 alice #tea 1 :\n:s 323 alice :End\n")
    assert completed(visit, "g", 1).candidates == ()
    visit.sent()
    assert visit.chat.context.asking
    assert completed(visit, "g", 1) == (
        0,
        ("games ",),
    )


def test_in_no_conversation() -> None:
    """There is nobody."""
    visit = Visit(joined=False)
    assert completed(visit, "b", 1).candidates == ()
    visit.hear(ENTERING.format("#general"))
    assert completed(visit, "b", 1).candidates == ("bob: ",)
