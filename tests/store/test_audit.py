"""The audit log: append-only, only its owner's, readable while it is written."""

import os
from pathlib import Path

import pytest

from chatroom.store.audit import AuditFile, read_audit

AT = 1_700_000_000.0
FIRST = "2023-11-14 22:13:20 boss!b@192.0.2.1 (root): KILL bob ☕"


def test_entries(tmp_path: Path) -> None:
    """On disk when the tick is committed, and not before; a restart appends."""
    assert list(read_audit(tmp_path)) == []
    audit = AuditFile(tmp_path, "power")
    audit.note(AT, "boss!b@192.0.2.1", "root", "KILL bob ☕")
    assert list(read_audit(tmp_path)) == []
    audit.commit()
    assert list(read_audit(tmp_path)) == audit.recent(9) == [FIRST]
    audit.close()
    assert (tmp_path / "audit.log").stat().st_mode & 0o777 == 0o600
    audit = AuditFile(tmp_path, "process")
    for number in range(2000):
        audit.note(AT, "boss!b@192.0.2.1", "root", f"WALLOPS {number}")
    audit.commit()
    assert list(read_audit(tmp_path))[:1] == [FIRST]
    assert len(list(read_audit(tmp_path))) == 2001
    assert [line.rpartition(" ")[2] for line in read_audit(tmp_path, 2)] == ["1998", "1999"]
    assert [line.rpartition(" ")[2] for line in audit.recent(2)] == ["1998", "1999"]
    assert len(audit.recent(9999)) > 100  # the first of them is whole, although the piece is cut
    audit.close()


def test_a_torn_line_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "audit.log").write_bytes(b'{"at": 1\nnull\n[]\n{"at": 2')
    audit = AuditFile(tmp_path, "process")
    audit.note(AT, "boss!b@192.0.2.1", "root", "KILL bob ☕")
    audit.commit()
    assert audit.recent(9) == [FIRST]
    audit.close()


def test_a_disk_that_takes_a_part_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = AuditFile(tmp_path, "power")
    for _ in range(2):
        audit.note(AT, "boss!b@192.0.2.1", "root", "KILL bob ☕")
    with monkeypatch.context() as patch:
        write, space = os.write, [7, 100]

        def nearly_full(file: int, data: bytes) -> int:
            if not space:
                raise OSError(28, "No space left on device")
            return write(file, bytes(data[: space.pop()]))

        patch.setattr("os.write", nearly_full)
        audit.commit()
        assert audit.recent(9) == [FIRST]
    audit.commit()
    assert audit.recent(9) == [FIRST, FIRST]
    audit.close()


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    audit = AuditFile(tmp_path, "process")
    audit.note(AT, "boss!b@192.0.2.1", "root", "KILL bob ☕")
    with monkeypatch.context() as patch:

        def full(_file: int, _data: bytes) -> int:
            raise OSError(28, "No space left on device")

        patch.setattr("os.write", full)
        audit.commit()
    audit.commit()
    assert audit.recent(9) == [FIRST]
    audit.close()
