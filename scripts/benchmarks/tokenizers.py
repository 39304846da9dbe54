"""Ways to cut a text into what can be searched, measured against each other.

A candidate indexes the same texts in a file of its own, then answers the same questions. What it
finds is asked in several scripts, with texts of which each is the only right answer.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.corpus import Corpus, prepare
from benchmarks.report import Report, percentile
from chatroom.store.database import HISTORY_FILE
from chatroom.wire.words import as_words

UNICODE61 = "tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co M*'\""

_BATCH, _FOUND = 1000, 100


def _by_word(term: str) -> str:
    return _by_plain_word(as_words(term))


def _by_plain_word(term: str) -> str:
    return f'"{term.rstrip("*")}"{" *" if term.endswith("*") else ""}'


def _by_substring(term: str) -> str:
    return f'"{term.rstrip("*")}"'


def _by_trigrams(term: str) -> str:
    """Without positions there are no phrases: all trigrams, then a look at the text."""
    word = term.rstrip("*")
    pieces = [word[begin : begin + 3] for begin in range(len(word) - 2)]
    return " AND ".join(f'"{piece}"' for piece in pieces) or '""'


@dataclass(frozen=True, slots=True)
class Candidate:
    """A way to index. `written` prepares a text; `asked` makes FTS5's query of a term."""

    name: str
    options: str
    written: Callable[[str], str]
    asked: Callable[[str], str]
    looks: bool = False  # whether the text itself must be looked at to be sure


CANDIDATES = (
    Candidate("ours", f"prefix='1 2', {UNICODE61}", as_words, _by_word),
    Candidate("ours, no prefix index", UNICODE61, as_words, _by_word),
    Candidate("ours, prefixes to 3", f"prefix='1 2 3', {UNICODE61}", as_words, _by_word),
    Candidate(
        "ours, to 3, no sizes", f"prefix='1 2 3', columnsize=0, {UNICODE61}", as_words, _by_word
    ),
    Candidate("unicode61 alone", "tokenize='unicode61'", str, _by_plain_word),
    Candidate("trigram", "tokenize='trigram'", str, _by_substring),
    Candidate("trigram, detail=none", "tokenize='trigram', detail=none", str, _by_trigrams, True),
)

SAMPLES = (
    ("Chinese, 2 characters", "北京", "我们明天去北京吃饭"),
    ("Chinese, 1 character", "茶", "下午一起喝茶吗"),
    ("Chinese, 4 characters", "机器学习", "他在研究机器学习的问题"),
    ("Japanese, 2 kanji", "会議", "来週の会議は中止です"),
    ("Japanese, katakana", "サーバー", "新しいサーバーが届いた"),
    ("Thai word", "กาแฟ", "ฉันชอบดื่มกาแฟร้อน"),
    ("Khmer word", "ផ្ទះ", "ខ្ញុំនៅផ្ទះ"),
    ("Korean word", "회의", "오늘 회의 있어요"),
    ("Korean beginning", "회의*", "내일 회의실에서 만나요"),
    ("accents left out", "cafe", "rendez-vous au café demain"),
    ("accents typed", "naïve", "such a naive question"),
    ("capitals", "GRÜSSE", "schöne grüsse aus Wien"),
    ("Russian", "привет", "Привет всем"),
    ("Arabic", "سلام", "سلام عليكم"),
    ("Hindi", "नमस्ते", "नमस्ते दोस्तों"),
    ("beginning, 2 letters", "qx*", "the qxilo is broken"),
    ("word of 2 letters", "qy", "is it qy or not"),
    ("emoji", "🎉", "we did it 🎉 today"),
    ("a word, not a part of one", "zart", "mit Zartbitter oder zart"),
)
"""What it is, the question, and the text that answers it."""

TRAP = "unzartlich"
"""Holds the last question inside of a word: finding it is finding too much."""

QUESTIONS: dict[str, Callable[[Corpus], str]] = {
    "rare": lambda corpus: corpus.random.choice(corpus.words[-1000:]),
    "common": lambda corpus: corpus.random.choice(corpus.words[:20]),
    "phrase": lambda corpus: " ".join(corpus.text().split()[:2]),
    "prefix": lambda corpus: corpus.choose(corpus.words)[0][:3] + "*",
}


def run(directory: Path, count: int, repetitions: int, report: Report) -> None:
    """Compare on a history of `count` messages."""
    made = directory / f"history-{count}"
    prepare(made, count)
    rows: list[dict[str, object]] = []
    finds: list[dict[str, object]] = [{"question": name} for name, _, _ in SAMPLES]
    finds.append({"question": "(and nothing inside of words)"})
    for candidate in CANDIDATES:
        file = directory / "tokenizer.db"
        file.unlink(missing_ok=True)
        connection = _open(file, made / HISTORY_FILE, candidate)
        rows.append(_measure(connection, file, candidate, count, repetitions))
        if not candidate.name.startswith("ours,"):  # they find the same
            for line, found in zip(finds, _finds(connection, candidate), strict=True):
                line[candidate.name] = "yes" if found else "-"
        connection.close()
        file.unlink()
    report.table("Tokenizers: size, CPU of indexing, p99 of a question for the newest 100", rows)
    report.table("Tokenizers: what is found", finds)


def _open(file: Path, history: Path, candidate: Candidate) -> sqlite3.Connection:
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = OFF")
    connection.create_function("holds", 2, lambda text, term: term in (text or "").casefold())
    connection.execute("ATTACH ? AS history", (str(history),))
    connection.execute(
        f"CREATE VIRTUAL TABLE words USING fts5(said, content='', {candidate.options})"
    )
    connection.execute("CREATE TABLE sample (id INTEGER PRIMARY KEY, text TEXT)")
    return connection


def _measure(
    connection: sqlite3.Connection, file: Path, candidate: Candidate, count: int, repetitions: int
) -> dict[str, object]:
    begin = time.process_time()
    for batch in _batches(connection):
        connection.execute("BEGIN")
        connection.executemany(
            "INSERT INTO words (rowid, said) VALUES (?, ?)",
            ((number, candidate.written(text)) for number, text in batch),
        )
        connection.execute("COMMIT")
    cost = (time.process_time() - begin) / count
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    row: dict[str, object] = {
        "candidate": candidate.name,
        "bytes/message": file.stat().st_size / count,
        "us/message": cost * 1e6,
    }
    corpus = Corpus(5, like=Corpus())
    for name, make in QUESTIONS.items():
        times = []
        for _ in range(max(1, repetitions // 5)):
            term = make(corpus)
            start = time.perf_counter()
            _ask(connection, candidate, term, "history.message")
            times.append((time.perf_counter() - start) * 1e3)
        row[f"{name}, ms"] = percentile(times, 99)
    return row


def _batches(connection: sqlite3.Connection) -> Iterator[list[tuple[int, str]]]:
    cursor = connection.execute("SELECT id, text FROM history.message ORDER BY id")
    while batch := cursor.fetchmany(_BATCH):
        yield batch


def _ask(
    connection: sqlite3.Connection, candidate: Candidate, term: str, table: str
) -> list[tuple[int]]:
    """The numbers of what is found."""
    values: list[object] = [candidate.asked(term)]
    look = ""
    if candidate.looks:
        look = f" AND holds((SELECT text FROM {table} WHERE id = words.rowid), ?)"
        values.append(term.rstrip("*").casefold())
    return connection.execute(
        f"SELECT rowid FROM words WHERE words MATCH ?{look} ORDER BY rowid DESC LIMIT {_FOUND}",
        values,
    ).fetchall()


def _finds(connection: sqlite3.Connection, candidate: Candidate) -> Iterator[bool]:
    """For each sample, whether it is found; and whether the trap is avoided."""
    texts = [text for _, _, text in SAMPLES] + [TRAP]
    numbers = range(1 << 40, (1 << 40) + len(texts))
    for number, text in zip(numbers, texts, strict=True):
        connection.execute("INSERT INTO sample VALUES (?, ?)", (number, text))
        connection.execute(
            "INSERT INTO words (rowid, said) VALUES (?, ?)", (number, candidate.written(text))
        )
    for number, (_, term, _) in zip(numbers, SAMPLES, strict=False):
        yield (number,) in _ask(connection, candidate, term, "sample")
    yield (numbers[-1],) not in _ask(connection, candidate, SAMPLES[-1][1], "sample")
