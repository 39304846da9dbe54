"""A made-up morning in the chat of a library."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

ME, PASSWORD = "Maya", "a picture of a page"
OTHERS = ("Amina", "Jonas", "Leila", "Theo", "deploy")
HOME = "#general"

TOPICS = {
    HOME: "The library's team: what happens today",
    "#builds": "What the machines say",
    "#desk": "Loans, returns, and questions at the desk",
    "#lunch": "12:30 at the pond?",
    "#posters": "Everything on paper",
}

NIGHT, MORNING = "2026-03-16 16:", "2026-03-17 09:"
READ_UNTIL, NOW = f"{MORNING}17", f"{MORNING}24"

CODE = "```\nCREATE INDEX loans_by_due\n    ON loans (due, member);\n```"


class Said(NamedTuple):
    """A message. `answers`: the beginning of another. `reactions`: emoji -> nicknames."""

    when: str
    nick: str
    room: str
    text: str
    answers: str = ""
    reactions: Mapping[str, str] = MappingProxyType({})


TALK = (
    Said(
        f"{NIGHT}38",
        "Amina",
        HOME,
        "The reading room opens on Monday. Who can try the new \x02sign-in desk\x02 tomorrow?",
    ),
    Said(f"{NIGHT}41", "Jonas", HOME, "I can, from ten on.", reactions={"👍": "Amina"}),
    Said(
        f"{MORNING}12",
        "Theo",
        HOME,
        "Good morning! The nightly export took 41 seconds. It used to take six minutes.",
        reactions={"🎉": "Amina Jonas Leila", "🚀": "Jonas"},
    ),
    Said(f"{MORNING}13", "Leila", HOME, "What did you do?"),
    Said(
        f"{MORNING}15",
        "Theo",
        HOME,
        f"One index, and the query stopped reading every loan since 1998:\n{CODE}",
        reactions={"👀": "Leila", "❤️": "Amina Maya"},
    ),
    Said(
        f"{MORNING}16",
        "Jonas",
        HOME,
        "That explains the slow search, too. Thank you!",
        answers="One index",
    ),
    Said(
        f"{MORNING}18",
        "deploy",
        HOME,
        "\x11export 2.4\x11 is live on all three machines: https://builds.example/214",
        reactions={"✅": "Theo"},
    ),
    Said(f"{MORNING}18", "deploy", "#builds", "214 tests passed in 3 min 12 s"),
    Said(f"{MORNING}19", "Theo", "#builds", "No red square since Friday."),
    Said(f"{MORNING}19", "Jonas", "#lunch", "Soup or pizza?"),
    Said(f"{MORNING}20", "Leila", "#lunch", "Pizza."),
    Said(f"{MORNING}20", "Theo", ME, "Do you have ten minutes before the meeting?"),
    Said(
        f"{MORNING}21",
        "Amina",
        HOME,
        f"{ME}: could you look at the poster before it goes to print?"
        " \x0301,01There is a dinosaur on it.\x03",
    ),
    Said(
        f"{MORNING}22", "Leila", HOME, "صباح الخير! الملصق جميل جدًا 🌱", reactions={"😍": "Amina"}
    ),
)


def seconds(when: str) -> float:
    """ "2026-03-17 09:12" of UTC as a Unix time."""
    return datetime.fromisoformat(f"{when}:00+00:00").timestamp()
