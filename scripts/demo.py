#!/usr/bin/env python3
"""A scripted conversation: one server, four clients in terminals of their own, all of it checked.

`make demo` runs it. Each line that a terminal shows is printed as it comes, behind the name of its
owner. The exit status is 1, and the last line names what is missing, if anything is.

With `--record FILE.cast` another conversation goes on at the pace of people, for half a minute. One
terminal of it is recorded (asciinema plays it), and FILE.svg is a picture of its last screen.
"""

import argparse
import sys
from pathlib import Path

from demonstration import cast, checked, scene
from demonstration.glass import last_screen
from demonstration.picture import draw
from demonstration.terminals import Missing


def main() -> int:
    """Run the demo; 0 if everything was seen."""
    options = _parser().parse_args()
    try:
        if options.record:
            _record(options.record, options.pace)
        else:
            checked.play()
    except Missing as missing:
        print(f"The demo failed: {missing}", file=sys.stderr)
        return 1
    print("The demo went as written: everyone saw what they should.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="A conversation in terminals, checked.")
    help_record = "record another one, and draw FILE.svg"
    parser.add_argument("--record", metavar="FILE.cast", type=_cast_file, help=help_record)
    help_pace = "of those who are recorded: 2 is half as fast, 0 as fast as it goes"
    parser.add_argument("--pace", type=_pace, default=1.0, help=help_pace)
    return parser


def _cast_file(text: str) -> Path:
    file = Path(text)
    if file.suffix != ".cast" or not file.parent.is_dir():
        raise argparse.ArgumentTypeError("a file named *.cast, in a directory that exists")
    return file


def _pace(text: str) -> float:
    pace = float(text)
    if not 0 <= pace < float("inf"):
        raise argparse.ArgumentTypeError("a number, 0 or more")
    return pace


def _record(file: Path, pace: float) -> None:
    recorded = scene.record(pace)
    cast.save(recorded, file)
    picture = draw(last_screen(recorded), recorded.title)
    file.with_suffix(".svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
