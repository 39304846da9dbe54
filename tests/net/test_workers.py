"""A pool of threads whose results come back in the loop's thread."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial

import pytest

from chatroom.net.loop import Loop
from chatroom.net.workers import Workers

PATIENCE = 15.0


@pytest.fixture
def workers(loop: Loop) -> Iterator[Workers]:
    """A pool of one thread."""
    pool = Workers(loop, 1)
    yield pool
    pool.close()


def collect(loop: Loop, workers: Workers, results: list[object], count: int) -> None:
    """Turn the loop as the tick does, until there are so many results."""
    while len(results) < count:
        ready = loop.select(PATIENCE)
        assert ready, "nothing came back"
        for call, mask in ready:
            call(mask)
        workers.collect()


def test_jobs_run_elsewhere_and_end_here(loop: Loop, workers: Workers) -> None:
    """The loop is woken, and `done` is called by `collect` alone, in its thread."""
    here, results = threading.get_ident(), list[object]()
    called_in: list[int] = []

    def done(future: Future[int]) -> None:
        called_in.append(threading.get_ident())
        results.append(future.result())

    workers.submit(threading.get_ident, done)
    assert loop.select(PATIENCE)
    assert results == []
    collect(loop, workers, results, 1)
    assert called_in == [here]
    assert results != [here]


def test_results_come_in_the_order_of_the_jobs(loop: Loop, workers: Workers) -> None:
    """With one thread."""
    results: list[object] = []
    for number in range(20):
        workers.submit(partial(int, number), lambda done: results.append(done.result()))
    collect(loop, workers, results, 20)
    assert results == list(range(20))


def test_a_job_that_fails(loop: Loop, workers: Workers) -> None:
    """Its error is in the future, and the pool goes on."""
    results: list[object] = []
    workers.submit(lambda: 1 // 0, lambda future: results.append(future.exception()))
    workers.submit(lambda: "next", lambda future: results.append(future.result()))
    collect(loop, workers, results, 2)
    assert isinstance(results[0], ZeroDivisionError)
    assert results[1] == "next"


def test_what_a_jobs_end_submits_is_collected_later(loop: Loop, workers: Workers) -> None:
    """`collect` hands over what was finished when it was called, or jobs could keep the loop."""
    results: list[object] = []

    def first(_future: Future[None]) -> None:
        results.append("first")
        workers.submit(lambda: None, lambda _: results.append("second"))
        assert loop.select(PATIENCE)  # it is finished

    workers.submit(lambda: None, first)
    collect(loop, workers, results, 1)
    assert results == ["first"]
    workers.collect()
    assert results == ["first", "second"]


def test_closing_drops_the_jobs_that_wait(loop: Loop) -> None:
    """Those that run are waited for; the others never run, and nobody hears of them."""
    workers = Workers(loop, 1)
    started, proceed = threading.Event(), threading.Event()
    results: list[object] = []

    def long() -> str:
        started.set()
        return "done" if proceed.wait(PATIENCE) else "forgotten"

    workers.submit(long, lambda future: results.append(future.result()))
    workers.submit(lambda: results.append("ran"), lambda _: results.append("called back"))
    dropped = workers._pool.submit(print)
    dropped.add_done_callback(lambda _: proceed.set())
    assert started.wait(PATIENCE)
    workers.close()
    workers.collect()
    assert results == ["done"]


def test_nobody_waits_behind_what_is_done_in_the_background(loop: Loop, workers: Workers) -> None:
    """Such jobs come one after the other, in a thread of their own."""
    started, proceed = threading.Event(), threading.Event()
    results: list[object] = []

    def long() -> str:
        started.set()
        return "long" if proceed.wait(PATIENCE) else "forgotten"

    def done(future: Future[str]) -> None:
        results.append(future.result())

    workers.submit(long, done, background=True)
    workers.submit(lambda: "after it", done, background=True)
    assert started.wait(PATIENCE)
    workers.submit(lambda: "short", done)
    collect(loop, workers, results, 1)
    proceed.set()
    collect(loop, workers, results, 3)
    assert results == ["short", "long", "after it"]


def test_closing_drops_the_jobs_of_both_kinds(loop: Loop) -> None:
    """Before it waits for any."""
    workers = Workers(loop, 1)
    started, proceed = threading.Event(), threading.Event()
    ran: list[str] = []

    def long() -> None:
        started.set()
        proceed.wait(PATIENCE)

    workers.submit(long, lambda _: None)
    workers.submit(long, lambda _: None, background=True)
    workers.submit(lambda: ran.append("dropped"), lambda _: None)
    dropped = workers._background.submit(ran.append, "dropped, too")
    dropped.add_done_callback(lambda _: proceed.set())
    assert started.wait(PATIENCE)
    workers.close()
    assert ran == []
