"""What people type into a search, and what is wrong with it (wire/query)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.text.search_query import LONGEST_QUERY, MOST_WORDS, Query, QueryError, parse_query
from chatroom.wire import words

DAY = 86_400_000
THE_20TH = 1_795_132_800_000  # 2026-11-20T00:00Z


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("tea", Query(("tea",))),
        ("  tea \t time\n", Query(("tea", "time"))),
        ('"tea time"', Query(("tea time",))),
        ('"tea time"cake', Query(("tea time", "cake"))),
        ('say"tea time"', Query(("say", "tea time"))),
        ("te*", Query(("te*",))),
        ('"tea ti*"', Query(("tea ti*",))),
        ("don't 50% c++ a:b", Query(("don't", "50%", "c++", "a:b"))),
        ("茶 चाय 🍵", Query(("茶", "चाय", "🍵"))),
        ("from:Bob", Query(author="Bob")),
        ("tea from:bob in:kitchen", Query(("tea",), "bob", "#kitchen")),
        ("in:#kitchen", Query(room="#kitchen")),
        ("in:##deep", Query(room="##deep")),
        ("from:a from:b", Query(author="b")),
        ('from:"bob" great', Query(("great",), "bob")),
        ("from:\u201cbob\u201d great", Query(("great",), "bob")),
        ('in:"general"tea', Query(("tea",), room="#general")),
        ('after:"2026-11-20T00:00" from:"bob', Query(author='"bob', after=1795132800000)),
        ('"from:bob"', Query(("from:bob",))),
        ("From:bob IN:general", Query(author="bob", room="#general")),
        ("BEFORE:2026-11-20 After:2026-11-20T00:00", Query(before=THE_20TH, after=THE_20TH)),
        ('5" disk', Query(("5", "disk"))),
        ('a 19" rack and a 24" screen', Query(("a", "19", "rack", "and", "a", "24", "screen"))),
        ('"windows 95" 3.5" disk', Query(("windows 95", "3.5", "disk"))),
        ('tea "time', Query(("tea", "time"))),
        ('"tea time', Query(("tea", "time"))),
        ('tea time"', Query(("tea", "time"))),
        ("“tea time” „cake“", Query(("tea time", "cake"))),
        ("tea - & time", Query(("tea", "time"))),
        ("→", Query(("→",))),
        ("before:2026-11-20", Query(before=THE_20TH)),
        ("after:2026-11-20", Query(after=THE_20TH + DAY)),
        ("after:2026-11-20T00:00", Query(after=THE_20TH)),
        ("after:2026-11-20T01:00+01:00", Query(after=THE_20TH)),
        ("before:2026-11-20T00:00:00.250Z", Query(before=THE_20TH + 250)),
        ("before:0001-01-01", Query(before=-62_135_596_800_000)),
        ("before:9999-12-31T23:59-12:00", Query(before=253_402_343_940_000)),
    ],
)
def test_queries(text: str, query: Query) -> None:
    assert parse_query(text) == query


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "type what to search for"),
        (" \t ", "type what to search for"),
        ('"', "there is nothing to search for in '\"'"),
        ('""', "there is nothing to search for in ''"),
        ('"  "', "there is nothing to search for in '  '"),
        ("- &", "there is nothing to search for in '-'"),
        ("***", "there is nothing to search for in '***'"),
        ("_", "there is nothing to search for in '_'"),
        ("。", "there is nothing to search for in '。'"),
        ("<>", "there is nothing to search for in '<>'"),
        ("\x02\x0f", "there is nothing to search for in '\x02\x0f'"),
        ("\u200b\ufe0f", "there is nothing to search for in '\u200b\ufe0f'"),
        ("tea from:", "from: needs a value"),
        ('tea from:" "', "from: needs a value"),
        ("in: kitchen", "in: needs a value"),
        ("after:", "after: needs a value"),
        ("before: 2026-11-20", "before: needs a value"),
        ("before:yesterday", "'yesterday' is not a date; expected one such as 2026-11-20"),
        ("after:2026-02-30", "'2026-02-30' is not a date; expected one such as 2026-11-20"),
        ("after:9999-12-31", "'9999-12-31' is not a date; expected one such as 2026-11-20"),
        ("before:20.11.2026", "'20.11.2026' is not a date; expected one such as 2026-11-20"),
        ("a " * (MOST_WORDS + 1), "a search has at most 20 words"),
        ("x" * (LONGEST_QUERY + 1), "a search has at most 500 characters"),
        ("\ufdfa" * 490, "a search has at most 500 characters"),  # each becomes eighteen
        ("㈎" * 300, "a search has at most 500 characters"),  # and these three
        ("가" * 400, "a search has at most 1000 bytes"),
        ('"x y z x y z" ' * 9, "a search has at most 20 words"),
        ('"' + "x y z " * 7 + '"', "a search has at most 20 words"),
        ("x-y.z" * 10, "a search has at most 20 words"),
        ("\ufdfa " * 6, "a search has at most 20 words"),  # each is four words
        ("天" * 61, "a search has at most 60 symbols and characters of scripts without spaces"),
        ("天 " * 61, "a search has at most 60 symbols and characters of scripts without spaces"),
        ("🎉" * 61, "a search has at most 60 symbols and characters of scripts without spaces"),
        ("ก天x" * 21, "a search has at most 20 words"),
        ("a* be* see*", "a search has at most 2 words that end with *"),
        ('a* "be c*" see**', "a search has at most 2 words that end with *"),
        ("from:" + "x" * 101, "a name has at most 100 characters"),
        ("in:" + "x" * 101, "a name has at most 100 characters"),
        ("-" * 300, f"there is nothing to search for in '{'-' * 40}...'"),
        (f"before:{'9' * 300}", f"'{'9' * 40}...' is not a date; expected one such as 2026-11-20"),
    ],
)
def test_what_is_wrong(text: str, why: str) -> None:
    with pytest.raises(QueryError) as raised:
        parse_query(text)
    assert str(raised.value) == why


@pytest.mark.parametrize(
    "text",
    [
        "I don't think that we've seen the well-known e-mail address of her's",
        '"I do not think that we have ever met before this evening, Bob"',
        "https://example.org/some/page?with=a&few#parts",
        "我们明天下午三点在北京的办公室开会讨论明年的计划请大家准时参加不要迟到谢谢",
        "พรุ่งนี้เราจะประชุมกันที่กรุงเทพตอนบ่ายสามโมง",
        "明日の午後三時に東京タワーの前で待ち合わせをしましょうね",
        "내일 오후 세 시에 서울역 앞에서 만나요",
        "hel* wor* from:bob in:general before:2026-11-20 after:2020-01-01",
    ],
)
def test_what_people_paste_is_allowed(text: str) -> None:
    assert parse_query(text) != Query()


def test_the_most_words() -> None:
    assert len(parse_query("a " * MOST_WORDS).terms) == MOST_WORDS
    assert len(parse_query("天" * 60 + " a" * MOST_WORDS).terms) == MOST_WORDS + 1


class Counted:
    """`words.as_words`, and how many characters it was given."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.characters = 0
        self._real = words.as_words
        monkeypatch.setattr(words, "as_words", self)

    def __call__(self, text: str) -> str:
        result = self._real(text)
        self.characters += len(text)
        return result


@pytest.mark.parametrize(
    "text", ["\ufdfa" * 490, "\ufdfa " * 250, "㍿" * 480, "☃" * 499, "가" * 490, "한글 " * 160]
)
def test_a_refusal_costs_little(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What is too long is not looked at, and of too many words only the first."""
    counted = Counted(monkeypatch)
    with pytest.raises(QueryError):
        parse_query(text)
    assert counted.characters <= 2 * MOST_WORDS + 2


def test_each_word_is_looked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    parse_query("é" * 50 + " œ" * 10)
    assert counted.characters == 60


PARTS = st.sampled_from(
    ["from:", "in:", "before:", "after:", '"', "*", " ", "2026-11-20", "T", ":"]
)


@given(st.lists(PARTS | st.text(max_size=5), max_size=12).map("".join))
def test_any_text_is_a_query_or_an_error(text: str) -> None:
    try:
        query = parse_query(text)
    except QueryError as error:
        assert str(error)
        return
    assert query != Query()
    assert all(term.strip() for term in query.terms)
    assert not query.room or query.room.startswith("#")
    for at in (query.after, query.before):
        assert at is None or abs(at) < 2**53


WORD = st.text("abcäß日本🍵", min_size=1, max_size=6)


@given(st.lists(WORD, min_size=1, max_size=4), st.lists(WORD, max_size=2))
def test_words_and_phrases_come_through(words: list[str], phrase: list[str]) -> None:
    quoted = " ".join(phrase)
    text = " ".join([*words[1:], *([f'"{quoted}"'] if quoted else []), words[0]])
    expected = (*words[1:], *([quoted] if quoted else []), words[0])
    assert parse_query(text) == Query(expected)
