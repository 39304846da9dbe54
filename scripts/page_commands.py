"""Write the web page's table of slash commands, `lib/chatroom/page/ui/command_table.js`.

`make man` runs it. The terminal client's table is the original; a test fails if the copy differs.
"""

import json
import sys
from pathlib import Path

LIB = Path(__file__).resolve().parent.parent / "lib"
sys.path.insert(0, str(LIB))

from chatroom.client.ui.commands.table import ALIASES, COMMANDS  # noqa: E402
from chatroom.text.operator_words import OPERATOR_WORDS  # noqa: E402

TABLE = LIB / "chatroom" / "page" / "ui" / "command_table.js"

HEAD = """\
// Made by scripts/page_commands.py from the terminal client's table of commands: change that one.

/** [name, usage, help, needed words, most words]; the last word is the rest of the line. */
"""


def table() -> str:
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


if __name__ == "__main__":
    TABLE.write_text(table())
