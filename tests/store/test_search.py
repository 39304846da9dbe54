"""Finding what was said: words in any script, and nothing that one may not read."""

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.store import finder, search
from chatroom.store.database import SEARCH_FILE, StoreError
from chatroom.store.history import History
from chatroom.text.search_query import Query, QueryError, parse_query
from chatroom.wire.message import Message
from store.talk import ALICE, BOB, NOW, Searched, ask, found, said, say, stranger

DAY = 86_400.0


# Words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("fox", ["A lazy fox", "The quick brown fox jumps"]),
        ("FOX quick", ["The quick brown fox jumps"]),
        ("brown quick", ["The quick brown fox jumps"]),
        ('"quick brown"', ["The quick brown fox jumps"]),
        ('"brown quick"', []),
        ('"quick" "fox jumps"', ["The quick brown fox jumps"]),
        ("jum*", ["The quick brown fox jumps"]),
        ("jum", []),
        ('"fox jum*"', ["The quick brown fox jumps"]),
        ("l*", ["A lazy fox"]),
        ("don't", ["Don't panic!"]),
        ("panic", ["Don't panic!"]),
        ("192.0.2.1", ["ping 192.0.2.1 now"]),
        ("192.0.2.2", []),
        ("c++", ["in C and c++"]),
        ("snake_case", ["snake_case is two words"]),
        ("42", ["42"]),
    ],
)
def test_words_are_found(
    history: History, index: Searched, query: str, expected: list[str]
) -> None:
    say(
        history, "The quick brown fox jumps", "A lazy fox", "Don't panic!", "ping 192.0.2.1 now",
        "in C and c++", "snake_case is two words", "42",
    )  # fmt: skip
    assert found(index, query) == expected


SCRIPTS = [
    ("我们明天在北京开会", ["北京", "明天", "开会", "我们明天在北京开会", "北*"], ["京北", "上海"]),
    ("東京タワーに行きました。", ["東京", "タワー", "行き", "タワ*"], ["京都", "ワター"]),
    ("人々が時々", ["人々", "時々"], ["々人"]),
    ("พรุ่งนี้ประชุมที่กรุงเทพ", ["ประชุม", "กรุงเทพ", "พรุ่งนี้"], ["เชียงใหม่"]),
    ("내일 서울에서 만나요", ["서울에서", "서울*", "내일 만나요"], ["부산"]),
    ("اجتماع غدا في القاهرة", ["القاهرة", "غدا", "القا*"], ["دمشق"]),
    ("פגישה מחר בתל אביב", ["מחר", '"תל אביב"*', "אביב"][0::2], ["חיפה"]),
    ("Встреча завтра в Москве", ["москве", "ВСТРЕЧА", "Моск*"], ["Киев"]),
    ("Συνάντηση αύριο στην Αθήνα", ["αθήνα", "ΑΥΡΙΟ", "Αθηνα", "αυρ*"], ["Πάτρα"]),
    ("Ёлка ещё стоит", ["елка", "ЁЛКА", "еще"], ["ель"]),
    ("السَّلامُ عَلَيْكُم", ["السلام", "عليكم", "السَّلامُ"], ["سلام"]),
    ("ＦＵＬＬ ﬁne ｶﾀｶﾅ", ["full", "fine", "カタカナ"], ["half"]),
    ("I ❤\ufe0f it", ["❤", "❤\ufe0f"], ["💔"]),
    ("İstanbul ISTANBUL", ["istanbul", "İSTANBUL"], ["Ankara"]),
    ("कल दिल्ली में मिलते हैं", ["दिल्ली", "मिलते"], ["मुंबई"]),
    ("Das Café in Zürich öffnet", ["cafe", "ZURICH", "Zürich", "offnet", "cafe\u0301"], ["Bern"]),
    ("Die Straße ist naß", ["strasse", "STRASSE", "STRAẞE", "straße", "Straß*", "nass"], ["stra"]),
    ("STRASSE, ẞ", ["straße", "strasse", "ß", "ss"], ["s"]),
    ("ΟΔΥΣΣΕΎΣ", ["Οδυσσεύς", "οδυσσευσ", "ΟΔΥΣΣΕΥΣ"], ["Οδυσσέα"]),
    ("Tiếng Việt", ["tieng viet", "Việt"], ["Nam"]),
    ("ship it 🚀 👩\u200d💻", ["🚀", "👩\u200d💻", "ship 🚀"], ["🎉"]),
    ("mixed 日本語text混在", ["日本語", "text", "混在", "mixed"], ["日混"]),
    ("𠮷野家で", ["𠮷野家", "𠮷"], ["吉野家"]),
    ("great🎉", ["great", "🎉", "great🎉", "GREAT 🎉", "gre*"], ["greatest", "🎊"]),
    ("thanks👍🏽 all", ["thanks", "👍", "👍🏽", "thanks👍🏽"], ["👍🏿", "👎"]),
    ("25°C out", ["25", "°", "25°C", "c", "25 out"], ["2", "°F"]),
    ("I♥NY", ["NY", "I", "♥", "ny ♥", "i♥ny"], ["♥i"]),
    ("a 🪿🫨 and 𲎭", ["🪿", "🫨", "🪿🫨", "𲎭"], ["🫨🪿", "🫏"]),
    ("\x0304ERROR\x03 it\x02al\x02ic", ["ERROR", "error", "italic", "\x02italic\x02"], ["04ERROR"]),
    ("\x0304FEHLER\x03 größe", ["fehler", "größe"], ["04FEHLER"]),
    ("won 🇦🇹🇩🇪🎉", ["🇦🇹", "🇩🇪", "🎉", "won"], ["🇹🇩"]),
    ("step 1\ufe0f\u20e3go", ["1", "1\ufe0f\u20e3", "1\u20e3", "go"], ["2\ufe0f\u20e3"]),
    ("soft\u00adhyphen zero\u200bwidth\ufeff", ["softhyphen", "zerowidth"], ["soft"]),
    ("日本2024年OK", ["2024", "日本", "年", "ok", "2024年"], ["24"]),
    ("𞤢𞤣 later", ["𞤢𞤣", "𞤀𞤁", "𞤢*", "later"], ["𞤣"]),
    ('a 5" disk → 3.5"', ['5" disk', '5"', "→", '3.5"'], ['6" disk']),
]


@pytest.mark.parametrize(("text", "hits", "misses"), SCRIPTS, ids=[row[0] for row in SCRIPTS])
def test_any_script(
    history: History, index: Searched, text: str, hits: list[str], misses: list[str]
) -> None:
    say(history, "before", text, "after")
    assert {query: found(index, query) for query in hits} == {query: [text] for query in hits}
    assert {query: found(index, query) for query in misses} == {query: [] for query in misses}


INJECTIONS = [
    "hello OR secret", "hello NOT secret", "hello AND", "NEAR(hello secret)", "said:hello",
    "author:x", "{said author} : hello", "hello)", "(hello", "^hello", "hello + secret", "-hello",
    "- said : hello", "a*b", "*hello", "hello**", "'; DROP TABLE message; --", "hello%", "?1",
    'hello"" OR "secret', "place:r1", "{place}:r1", "nothing\\", ":x", "hello\ufeff", "rank:1",
    "\x01hello",
]  # fmt: skip


@pytest.mark.parametrize("query", INJECTIONS)
def test_the_language_of_fts5_is_only_words(history: History, index: Searched, query: str) -> None:
    """All that is typed is words that must all be there; nothing is an error of SQLite's."""
    say(history, "hello", "secret")
    try:
        assert set(found(index, query)) <= {"hello"}
        assert not found(index, f"{query} nowhere")
    except QueryError as error:
        assert "there is nothing to search for in" in str(error)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_no_text_breaks_a_search(text: str) -> None:
    """None that the wire lets through."""
    index, history = _shared()
    try:
        query = parse_query(text)
    except QueryError:
        return
    index.find(query, 5)
    assert history.pending == 0


_made: list[tuple[Searched, History]] = []


@pytest.fixture(scope="module", autouse=True)
def _one_for_all(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("one_for_all")
    history = History(directory, "process")
    say(history, "hello", "anything")
    _made.append((Searched(directory), history))


def _shared() -> tuple[Searched, History]:
    return _made[0]


# Who, where, when


def test_who_and_where(history: History, index: Searched) -> None:
    say(history, "tea in the kitchen", room="#Kitchen", source="Bob[x]!b@h")
    say(history, "tea in the hall", room="#Hall", source="Bob[x]!other@place")
    say(history, "tea for two", room="#Kitchen", source="Ünal!u@h")
    say(history, "milk", room="#Kitchen", source="bob!b@h")
    everything = ["tea for two", "tea in the hall", "tea in the kitchen"]
    assert found(index, "tea") == everything
    assert found(index, "tea from:bob[X]") == everything[1:]
    assert found(index, "from:bob") == ["milk"]
    assert found(index, "tea from:ünal") == ["tea for two"]
    assert found(index, "tea in:KITCHEN") == ["tea for two", "tea in the kitchen"]
    assert found(index, "tea in:#hall from:Bob[x]") == ["tea in the hall"]
    assert found(index, "in:kitchen") == ["milk", "tea for two", "tea in the kitchen"]
    assert found(index, "tea in:nowhere") == []
    assert found(index, "in:nowhere") == []
    assert found(index, "from:nobody") == []
    assert found(index, 'from:x" in:y" OR') == []


def test_searches_by_day(history: History, index: Searched) -> None:
    """NOW is 2027-01-15T08:00Z. `after:` a day is from the next on, `before:` up to the day."""
    for days in (2, 1, 0):
        say(history, f"tea {days}", at=NOW - days * DAY)
    assert found(index, "tea after:2027-01-13") == ["tea 0", "tea 1"]
    assert found(index, "tea before:2027-01-15") == ["tea 1", "tea 2"]
    assert found(index, "after:2027-01-13 before:2027-01-15") == ["tea 1"]
    assert found(index, "after:2027-01-15T08:00") == ["tea 0"]
    assert found(index, "before:2027-01-15T08:00") == ["tea 1", "tea 2"]
    assert found(index, "before:2027-01-15T09:00+01:00") == ["tea 1", "tea 2"]
    assert found(index, "before:0001-01-01") == found(index, "after:9999-12-30") == []


def test_the_next_page_begins_below_the_last(history: History, index: Searched) -> None:
    """The newest first; the next page begins below the last message's number."""
    ids = say(history, *(f"tea {number}" for number in range(7)))
    below = None
    pages = []
    while page := index.find(parse_query("tea"), 3, below=below):
        pages.append([message.params[1] for message in page])
        below = history.number_of(page[-1].tags["msgid"])
    assert pages == [["tea 6", "tea 5", "tea 4"], ["tea 3", "tea 2", "tea 1"], ["tea 0"]]
    assert [message.tags["msgid"] for message in index.find(parse_query("tea"), 9)] == ids[::-1]


def test_what_is_found_is_as_it_was_said(history: History, index: Searched) -> None:
    stamped = history.record("#general", said("tea")._replace(tags={"+x": "y"}), NOW)
    history.commit()
    assert index.find(parse_query("tea"), 1) == [stamped]


def test_only_what_was_said(history: History, index: Searched) -> None:
    """No events, and no talk among a room's operators."""
    for message in (
        Message("TOPIC", ("#general", "tea"), ALICE),
        Message("PART", ("#general", "tea"), ALICE),
        Message("TAGMSG", ("#general",), ALICE, {"+x": "tea"}),
    ):
        history.record("#general", message, NOW)
    history.record("@#general", said("tea, operators", "@#general"), NOW)
    say(history, "in private over tea", room="bob")
    history.record("#general", Message("NOTICE", ("#general", "tea time"), BOB), NOW)
    history.commit()
    assert found(index, "tea") == ["tea time"]
    assert found(index, f"from:{ALICE.partition('!')[0]}") == []
    assert found(index, "in:general") == ["tea time"]
    assert found(index, "tea in:@#general") == []


# Who may read it


def test_forbidden_rooms(history: History, index: Searched) -> None:
    say(history, "tea here")
    say(history, "tea there", room="#Den")
    for query in ("tea", "tea in:den", "in:den", "from:alice", "after:2000-01-01"):
        assert "tea there" in found(index, query)
        assert "tea there" not in found(index, query, forbidden=["#den"])
    assert found(index, "tea", forbidden=["#den", "#general", "#x' OR 1 --"]) == []


def test_a_sealed_time(history: History, index: Searched) -> None:
    say(history, "tea before", room="#den")
    index.update()
    history.seal("#den", NOW)
    say(history, "tea after", room="#den")
    for query in ("tea", "in:den", "from:alice"):
        assert found(index, query) == ["tea after"]


@pytest.mark.parametrize("told", [False, True])
def test_what_was_redacted_is_not_found(
    history: History, index: Searched, tmp_path: Path, told: bool
) -> None:
    """Even before the index is told; afterwards the words are not in it either."""
    msgid, _ = say(history, "my password is hunter2", "hello")
    assert found(index, "hunter2") == ["my password is hunter2"]
    gone = history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), BOB))
    if told:
        index.forget(*gone)
        ask(tmp_path, "CREATE VIRTUAL TABLE v USING fts5vocab(words, row)", name=SEARCH_FILE)
        words = {row[0] for row in ask(tmp_path, "SELECT term FROM v", name=SEARCH_FILE)}
        assert "hello" in words
        assert "hunter2" not in words
    assert found(index, "hunter2") == []
    assert found(index, "from:alice") == ["hello"]


def test_redacted_before_it_was_indexed(history: History, index: Searched) -> None:
    msgid, _ = say(history, "my password is hunter2", "hello")
    gone = history.redact_row("#general", msgid, Message("REDACT", ("#general", msgid), BOB))
    index.forget(*gone)
    assert found(index, "hunter2") == []
    assert found(index, "hello") == ["hello"]


# The index and its history


def test_it_catches_up(history: History, index: Searched, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches, and as far as it is let."""
    monkeypatch.setattr(search, "BATCH", 10)
    assert index.update() == 0
    say(history, *(f"tea {number}" for number in range(35)))
    assert index.update(most=20) == 20
    assert index.update() == 15
    assert index.update() == 0
    say(history, "tea 35")
    assert len(found(index, "tea")) == 36
    history.record("#general", said("tea 36"), NOW)  # not on disk yet
    assert len(found(index, "tea")) == 36


def test_fts5_merges_later_than_by_itself(history: History, tmp_path: Path) -> None:
    """docs/performance.md: with its own four, indexing is more work."""
    say(history, "tea")
    refresh(tmp_path)
    merge = "SELECT v FROM words_config WHERE k = 'automerge'"
    assert ask(tmp_path, merge, name=SEARCH_FILE) == [(search.AUTOMERGE,)]


def refresh(directory: Path) -> list[str]:
    """What a new index over the same directory finds."""
    index = Searched(directory)
    try:
        return found(index, "tea")
    finally:
        index.close()


def test_an_index_that_is_gone_is_made_anew(history: History, tmp_path: Path) -> None:
    say(history, "tea one", "tea two")
    assert refresh(tmp_path) == ["tea two", "tea one"]
    (tmp_path / SEARCH_FILE).unlink()
    assert refresh(tmp_path) == ["tea two", "tea one"]


def test_an_index_of_another_version_is_made_anew(history: History, tmp_path: Path) -> None:
    say(history, "tea")
    refresh(tmp_path)
    ask(tmp_path, "INSERT INTO words (words) VALUES ('delete-all')", name=SEARCH_FILE)
    assert refresh(tmp_path) == []
    ask(tmp_path, f"PRAGMA user_version = {search.INDEX_VERSION + 1}", name=SEARCH_FILE)
    assert refresh(tmp_path) == ["tea"]


@pytest.mark.parametrize("damage", [b"no database", b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_damaged_index_is_made_anew(history: History, tmp_path: Path, damage: bytes) -> None:
    say(history, "tea")
    refresh(tmp_path)
    (tmp_path / SEARCH_FILE).write_bytes(damage)
    assert refresh(tmp_path) == ["tea"]


def test_the_index_of_another_history_is_made_anew(tmp_path: Path) -> None:
    """Numbers that are the same name other messages there."""
    for name, text in (("one", "tea"), ("two", "coffee")):
        (tmp_path / name).mkdir()
        history = History(tmp_path / name, "process")
        say(history, text)
        assert refresh(tmp_path / name) == (["tea"] if text == "tea" else [])
        history.close()
    (tmp_path / "one" / SEARCH_FILE).replace(tmp_path / "two" / SEARCH_FILE)
    assert refresh(tmp_path / "two") == []


def test_an_index_from_the_future_is_made_anew(tmp_path: Path) -> None:
    """The history came back from a backup, and gives the same numbers to other messages."""
    history = History(tmp_path, "process")
    say(history, "tea one")
    history.close()
    backup = (tmp_path / "history.db").read_bytes()
    history = History(tmp_path, "process")
    say(history, "tea two", "tea three", "tea four")
    assert len(refresh(tmp_path)) == 4
    history.close()
    (tmp_path / "history.db").write_bytes(backup)
    history = History(tmp_path, "process")
    say(history, "milk", "tea five")
    assert refresh(tmp_path) == ["tea five", "tea one"]
    history.close()


def test_an_index_that_cannot_be_written(history: History, tmp_path: Path) -> None:
    say(history, "tea")
    (tmp_path / SEARCH_FILE).mkdir()
    index = Searched(tmp_path)
    with pytest.raises(StoreError, match=r"^Cannot open \S+search.db: "):
        found(index, "tea")
    (tmp_path / SEARCH_FILE).rmdir()
    assert found(index, "tea") == ["tea"]
    index.close()


def test_a_search_that_takes_too_long_gives_up(
    history: History, index: Searched, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its work is bounded, not its time; the next one has a new bound."""
    say(history, *(f"tea {number}" for number in range(100)))
    monkeypatch.setattr(finder, "STEPS", 200)
    with pytest.raises(finder.TooDear):
        found(index, "tea")
    monkeypatch.setattr(finder, "STEPS", 100_000)
    assert len(found(index, "tea")) == 100


def test_indexing_keeps_no_writer_waiting(
    history: History, index: Searched, tmp_path: Path
) -> None:
    """And no writer keeps a search waiting."""
    say(history, "tea")
    with stranger(tmp_path, "BEGIN EXCLUSIVE"):
        assert found(index, "tea") == ["tea"]


def test_two_workers_at_once(history: History, index: Searched) -> None:
    say(history, *(f"tea {number}" for number in range(300)))
    counts: list[int] = []

    def work() -> None:
        counts.extend(len(found(index, "tea", 1000)) for _ in range(10))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(300, 320):
        say(history, f"tea {number}")
    for thread in threads:
        thread.join()
    assert len(counts) == 30
    assert min(counts) >= 300
    assert index.find(Query(terms=("tea",)), 1)[0].params[1] == "tea 319"


def test_a_sender_who_comes_later(history: History, index: Searched) -> None:
    for source in (ALICE, BOB):
        say(history, "tea", source=source)
        index.update()
    assert found(index, "tea from:bob") == ["tea"]


def test_the_log_of_the_index_does_not_stay_large(
    history: History, index: Searched, tmp_path: Path
) -> None:
    """While somebody reads an old state of it, it grows; then it is cut at the next chance."""
    log = tmp_path / f"{SEARCH_FILE}-wal"
    say(history, "one")
    index.update()
    with stranger(tmp_path, "BEGIN", "SELECT * FROM progress", name=SEARCH_FILE):
        words = (" ".join(f"{one}{number}x" for one in "abcdefghijkl") for number in range(14_000))
        say(history, *words)
        index.update()
        assert log.stat().st_size > search.LOG_BYTES
    for text in ("two", "three"):  # the first checkpoint moves all, the commit behind it cuts
        say(history, text)
        index.update()
    assert log.stat().st_size <= search.LOG_BYTES
