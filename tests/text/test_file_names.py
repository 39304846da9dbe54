"""What is left of the names that other people give files."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.text.file_names import LONGEST_NAME, safe_name, size_in_words

NAMES = {
    "report.pdf": "report.pdf",
    "/etc/passwd": "passwd",
    "../../x": "x",
    "..\\..\\autoexec.bat": "autoexec.bat",
    "C:\\boot.ini": "boot.ini",
    "a/b/": "b",
    "..": "file",
    "": "file",
    ".bashrc": "bashrc",
    "x.txt.": "x.txt",
    "a\x00b\r\nc\x1b[2J": "ab c[2J",
    "photo\u202egpj.exe": "photogpj.exe",
    "a\u200bb": "ab",
    "  two   words ": "two words",
    'a<b>:"|?*': "a_b______",
    "con.txt": "_con.txt",
    "LPT1": "_LPT1",
    "com\u00b9.txt": "_com\u00b9.txt",
    "nul .txt": "_nul .txt",
    "CONIN$": "_CONIN$",
    "console": "console",
    "re\u0301sume\u0301.pdf": "r\u00e9sum\u00e9.pdf",
    "\u4e2d\u6587.txt": "\u4e2d\u6587.txt",
    "x" * 300 + ".tar": "x" * (LONGEST_NAME - 4) + ".tar",
    "\u00e9" * 300: "\u00e9" * (LONGEST_NAME // 2),
    "\ud800": "file",
}


@pytest.mark.parametrize(("said", "left"), NAMES.items())
def test_names(said: str, left: str) -> None:
    assert safe_name(said) == left


@given(st.text(max_size=400))
def test_any_name_is_safe_and_stays_so(text: str) -> None:
    name = safe_name(text)
    assert name
    assert len(name.encode()) <= LONGEST_NAME
    assert not set(name) & set('/\\\0\r\n<>:"|?*')
    assert name[0] != "."
    assert safe_name(name) == name


SIZES = {0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1000: "1.0 KB", 1_234_567: "1.2 MB"}
SIZES |= {
    99_600: "100 KB",
    999_499: "999 KB",
    999_600: "1.0 MB",
    10**9: "1.0 GB",
    10**16: "10000 TB",
}


@pytest.mark.parametrize(("size", "words"), SIZES.items())
def test_sizes(size: int, words: str) -> None:
    assert size_in_words(size) == words
