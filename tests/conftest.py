"""What holds for every test: where the client keeps its files, and how hypothesis works here.

No clock, so that a slow machine fails nothing.
"""

import faulthandler
import gc
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

import tables
from chatroom.net.ring import Ring
from examples import examples, is_thorough

WAITING = {
    "end_to_end/test_bench_talk.py": 28, "end_to_end/test_foreign_scripts_labels.py": 27,
    "end_to_end/test_limits.py": 25, "end_to_end/test_foreign_scripts_inspircd.py": 19,
    "end_to_end/test_upgrade.py": 24,
    "end_to_end/test_bench_worst.py": 18, "end_to_end/test_foreign_clients.py": 17,
    "end_to_end/test_history_clock.py": 10, "end_to_end/test_full_disk.py": 10,
    "end_to_end/test_foreign_scripts_ngircd.py": 9, "end_to_end/test_client_terminal.py": 9,
    "end_to_end/test_client_hostile.py": 8, "end_to_end/test_client_talk.py": 8,
    "end_to_end/test_bench_siege.py": 8, "end_to_end/test_client_link.py": 7,
    "end_to_end/test_library.py": 7, "end_to_end/test_demo.py": 6,
    "end_to_end/test_scripts_tail.py": 6, "end_to_end/test_operators.py": 5,
    "end_to_end/test_plain.py": 5, "end_to_end/test_maze.py": 5, "server/test_charges.py": 4,
    "server/web/test_http_door.py": 4, "end_to_end/test_history_redaction.py": 4,
    "end_to_end/test_lan.py": 5, "end_to_end/test_upgrade_people.py": 4,
    "end_to_end/test_service_manager.py": 4, "end_to_end/test_proxies.py": 3,
    "server/test_server.py": 3, "server/web/test_routes.py": 3, "end_to_end/test_irc_about.py": 3,
    "end_to_end/test_log_unread.py": 2, "server/test_taken.py": 2,
}  # fmt: skip
"""Seconds that files take which mostly wait: for timers, and for programs of others."""

WORKING = {
    "page/test_page.py": 45, "end_to_end/test_zipapp.py": 14, "end_to_end/test_warm.py": 7,
    "end_to_end/test_history_restart.py": 7, "end_to_end/test_surroundings.py": 7,
    "client/test_limits.py": 7, "chat/test_reading.py": 6, "end_to_end/test_startup.py": 6,
    "end_to_end/test_client_screen.py": 6, "end_to_end/test_tools.py": 6,
    "end_to_end/test_lifecycle.py": 6, "end_to_end/test_client_tls.py": 5,
    "end_to_end/test_no_tmp.py": 5, "end_to_end/test_scripts_send.py": 5,
    "end_to_end/test_foreign_tls.py": 5, "end_to_end/test_hot_path.py": 5,
    "end_to_end/test_crash.py": 5, "end_to_end/test_bad_input.py": 4,
    "chat/test_authorisation.py": 3, "chat/test_state_changes.py": 3,
    "fuzz/test_client_fuzzer.py": 3, "fuzz/test_server_fuzzer.py": 3, "store/test_ages.py": 3,
    "chat/test_plain_model.py": 3, "chat/test_determinism.py": 3, "end_to_end/test_rights.py": 3,
    "end_to_end/test_backup.py": 3, "store/test_search.py": 3, "store/test_journal.py": 3,
    "store/test_wrong_clock.py": 3, "server/test_websocket.py": 2, "fuzz/test_targets.py": 2,
    "end_to_end/test_client_pipe.py": 2, "end_to_end/test_good_readers.py": 2,
    "end_to_end/test_tools_output.py": 2, "server/test_searches.py": 2,
}  # fmt: skip
"""Seconds of other files that take long; they keep the processor busy. All of the page's tests are
one such file, the first: a worker gets them together."""

BROWSER = "tests/page/"
"""Files of which each worker would start a browser."""

USUAL = 0.5
"""Seconds of any other file."""

LAST_TO_WAIT = 0.8
"""The share of the run in which the last file that waits begins. Were they spread over all of it,
the processor would idle in the end: then there are only short files to work on meanwhile."""

MEMORY = Path("/dev/shm")
"""Where Linux has files in memory."""

# Thousands of small databases, each with its fsyncs: on a disk they take twice the processor and
# three times as long. No test can see the difference, since none cuts the power.
if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 2 << 30:
    tempfile.tempdir = str(MEMORY)

HANGS = 60
"""Seconds after which a test that still runs shows where it is."""

# As in the Makefile: without compiled modules each process compiles all of its source anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

pytest.register_assert_rewrite("rights_table")
settings.register_profile(
    "chatroom",
    max_examples=examples(50),
    deadline=None,
    # The usual run tries the same examples each time, so that what it says is about the change;
    # `make test-thorough` tries others, and makes a failure's example small, in some minutes.
    derandomize=not is_thorough(),
    phases=tuple(Phase) if is_thorough() else (Phase.explicit, Phase.reuse, Phase.generate),
    print_blob=True,
)
settings.load_profile("chatroom")


@pytest.fixture(scope="session", autouse=True)
def nobodys_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Configuration and state of every client process, so that nobody's own are read."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(home / "config"))
        patch.setenv("XDG_STATE_HOME", str(home / "state"))
        yield home


@pytest.fixture
def ring() -> Iterator[Ring]:
    """io_uring, where the system has it and allows it."""
    try:
        made = Ring()
    except OSError as error:
        pytest.skip(f"io_uring cannot be used here: {error.strerror or error}")
    yield made
    made.close()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Five for two processors, because many tests wait; but each collects all tests anew."""
    return max(2, min(5 * (os.cpu_count() or 1) // 2, 8))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: list[object]) -> None:
    """In a new clone, do once what each worker would do for itself: compile all tests, which takes
    six seconds, find the constants for hypothesis, and make its table of characters, two more each.
    """
    tests = Path(__file__).parent
    compiled = any((tests / "wire" / "__pycache__").glob("test_message.*-pytest-*"))
    if compiled or len(specs) < 2 or config.args != config.getini("testpaths"):
        return
    places = sorted(str(each) for each in tests.iterdir() if each.is_dir() and each.stem[0] != "_")
    count = os.cpu_count() or 1
    collect = ["-m", "pytest", "--collect-only", "-n", "0"]
    commands = [[*collect, *part] for number in range(count) if (part := places[number::count])]
    commands.append(["-c", "from hypothesis.strategies import text; text().validate()"])
    started = [
        subprocess.Popen([sys.executable, *each], cwd=config.rootpath, stdout=subprocess.DEVNULL)
        for each in commands
    ]
    for each in started:
        each.wait()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is collected stays to the end: no pass of the garbage collector has to look at it.
    The tests leave little garbage, so it passes less often, too: a tenth of their time less."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(20_000)
        gc.enable()


class _ByFile(LoadFileScheduling):  # type: ignore[misc]
    """A worker gets whole files, whose tests share a server; and all of the page's, which share a
    browser."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> _ByFile:
    """In place of `--dist loadfile`."""
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that wait are spread over the whole run, beside others that use the processor in the
    meantime. Of both kinds, those that take long come first: nobody waits for them in the end."""
    tests = Path(__file__).parent
    files = {item.path: item.path.relative_to(tests).as_posix() for item in items}
    waiting = [(path, float(WAITING[name])) for path, name in files.items() if name in WAITING]
    places = {
        **{path: place * LAST_TO_WAIT for path, place in _places(waiting).items()},
        **_places(
            [
                (path, float(WORKING.get(name, USUAL)))
                for path, name in files.items()
                if name not in WAITING
            ]
        ),
    }
    items.sort(key=lambda item: places[item.path])


def _places(files: list[tuple[Path, float]]) -> dict[Path, float]:
    """The longest first -> the share of the time of all of them that has passed before each."""
    files.sort(key=lambda file: -file[1])
    whole = sum(seconds for _, seconds in files)
    before = accumulate((seconds for _, seconds in files), initial=0.0)
    return {path: passed / whole for (path, _), passed in zip(files, before, strict=False)}


class Watch:
    """Shows where a test hangs. pytest's own `faulthandler_timeout` starts and ends a thread for
    each test, which takes half a millisecond; this one starts one every ten seconds."""

    def __init__(self) -> None:
        self._errors = os.dup(2)  # what pytest puts there during a test is not shown
        self._since = 0.0

    def pytest_runtest_logstart(self) -> None:
        if time.monotonic() - self._since > 10:
            self._since = time.monotonic()
            faulthandler.dump_traceback_later(HANGS + 10, file=self._errors)

    def pytest_unconfigure(self) -> None:
        faulthandler.cancel_dump_traceback_later()
        os.close(self._errors)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Watch())
    config.pluginmanager.register(tables)


def pytest_sessionstart(session: pytest.Session) -> None:
    """A worker of xdist reports each step of each test to the process that counts, which takes a
    millisecond for a test that takes one or two. Nobody reads most of it, unless asked to."""
    options = session.config.option
    if options.verbose > 0 or options.xmlpath or options.durations:
        return
    for plugin in session.config.pluginmanager.get_plugins():
        if type(plugin).__name__ == "WorkerInteractor":
            _say_less(plugin)


def _say_less(worker: Any) -> None:
    send = worker.sendevent

    def sendevent(name: str, **told: Any) -> None:
        if name in ("logstart", "logfinish"):
            return
        if name == "testreport":
            report = told["data"]
            if report["when"] != "call" and report["outcome"] == "passed":
                return
        send(name, **told)

    worker.sendevent = sendevent
