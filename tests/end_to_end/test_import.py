"""Histories of other programs: imported with the tool, and read by people."""

import json
import zipfile
from pathlib import Path

from end_to_end.test_tools import CAPS, history_of, tool
from harness import Server
from store.foreign.test_logs import IRSSI
from store.foreign.test_slack import export, said


def test_an_export_of_slack_is_the_history(tmp_path: Path) -> None:
    """Replies answer, reactions react, a search finds it, and twice is once."""
    root = said(16)["ts"]
    files = export(
        said(16, "a palindrome", reactions=[{"name": "+1", "users": ["U2"]}]),
        said(17, "an answer", "U2", thread_ts=root),
    )
    with zipfile.ZipFile(tmp_path / "slack.zip", "w") as archive:
        for name, data in files.items():
            archive.writestr(name.removeprefix("x/"), data)
    words = ("history", "import", "--from", "slack", tmp_path / "slack.zip")
    shown = tool(tmp_path, *words, "--dry-run").splitlines()
    assert shown[0].split() == [
        "3", "2026-11-20", "15:00:16", "2026-11-20", "15:00:17", "general",
    ]  # fmt: skip
    assert shown[1].strip() == "3  messages in 1 room. Nothing was imported."
    assert not (tmp_path / "data").exists()
    first = tool(tmp_path, *words).splitlines()
    assert first[0] == "3 messages imported, 0 were already in the history."
    assert first[1:] == ["Names that are different here:", "  Alice Liddell -> Alice_Liddell"]
    again = tool(tmp_path, *words).splitlines()
    assert again[0] == "0 messages imported, 3 were already in the history."
    with Server(tmp_path) as server:
        message, answer = history_of(server, "#general")
        msgid = message.partition("msgid=")[2].partition(";")[0].partition(" ")[0]
        assert f"+draft/reply={msgid}" in answer
        with server.join("reader", "#general", caps=f"{CAPS} chatroom/reactions") as reader:
            found = reader.send("SEARCH text=palindrome").read_until(" BATCH -")
            assert len([line for line in found if "a palindrome" in line]) == 1
            page = reader.send("CHATHISTORY LATEST #general * 9").read_until(" BATCH -")
            assert any("+draft/react=👍" in line and msgid in line for line in page)
        server.end_well()


def test_every_fault_is_named_and_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "#den.log").write_text(f"{IRSSI}nonsense\n")
    (tmp_path / "notes").write_text("hello\n")
    words = ("history", "import", "--from", "irssi", "#den.log", "notes")
    line = len(IRSSI.splitlines()) + 1
    told = (
        rf"#den\.log line {line}: expected a line such as 15:00 <bob> hello\n"
        r"chatroom-server: notes: expected a name such as #room\.log, or --room NAME\n"
        r"chatroom-server: nothing was imported"
    )
    assert tool(tmp_path, *words, status=1, told=told) == ""
    assert tool(tmp_path, "history", "export") == ""
    (tmp_path / "own.jsonl").write_text(json.dumps({"room": "#x"}))
    told = "own.jsonl line 1: time: .*; msgid: .*\nchatroom-server: nothing was imported"
    tool(tmp_path, "history", "import", "--dry-run", "own.jsonl", status=1, told=told)
    told = "--from irssi needs the names of files, so - cannot be one of them"
    tool(tmp_path, "history", "import", "--from", "irssi", "-", status=1, told=told)
    told = "An export of Chatroom is one file; .*"
    tool(tmp_path, "history", "import", "own.jsonl", "notes", status=1, told=told)
