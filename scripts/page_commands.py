"""Write the web page's copies of tables, in `lib/chatroom/page/ui/`: of slash commands
(`command_table.js`), and of the words for modes (`mode_words.js`).

`make man` runs it. The originals are the terminal client's table of commands and
`wire/mode_words.py`; a test fails if a copy differs.
"""

import json
import sys
from pathlib import Path

LIB = Path(__file__).resolve().parent.parent / "lib"
sys.path.insert(0, str(LIB))

from chatroom.client.ui.commands.table import ALIASES, COMMANDS  # noqa: E402
from chatroom.text.operator_words import OPERATOR_WORDS  # noqa: E402
from chatroom.wire.mode_words import MODE_WORDS, MUTE_WORDS  # noqa: E402
from chatroom.wire.names import MUTE  # noqa: E402

UI = LIB / "chatroom" / "page" / "ui"

HEAD = """\
// Made by scripts/page_commands.py from the terminal client's table of commands: change that one.

/** [name, usage, help, needed words, most words]; the last word is the rest of the line. */
"""


def command_table() -> str:
    """The module's text. Words of the server's operators are left to the terminal client."""
    others = {word.name for word in OPERATOR_WORDS}
    rows = [
        json.dumps([row.name, row.usage, row.help, row.needs, row.takes], ensure_ascii=False)
        for row in COMMANDS.values()
        if row.name not in others
    ]
    aliases = json.dumps(ALIASES)
    lines = "\n".join(f"  {row}," for row in rows)
    return f"{HEAD}export const TABLE = [\n{lines}\n];\n\nexport const ALIASES = {aliases};\n"


MODES_HEAD = """\
// Made by scripts/page_commands.py from wire/mode_words.py: change that one.

/** A sign and a letter, of mutes with their prefix -> what somebody did; {} is the parameter. */
"""


def mode_words() -> str:
    """The module's text."""
    mutes = {f"{'+' if adding else '-'}b{MUTE}": words for adding, words in MUTE_WORDS.items()}
    rows = {**MODE_WORDS, **mutes}.items()
    lines = "\n".join(f"  {json.dumps(name)}: {json.dumps(words)}," for name, words in rows)
    return f"{MODES_HEAD}export const MODE_WORDS = {{\n{lines}\n}};\n"


MODULES = {"command_table.js": command_table, "mode_words.js": mode_words}
"""File names, and what makes their text."""

if __name__ == "__main__":
    for name, made in MODULES.items():
        (UI / name).write_text(made())
