"""/yes and /no answer what was offered when the line was begun (client/ui/offers.py)."""

import pytest

from chatroom.client.errors import CommandError, ServiceError
from chatroom.client.ui.offers import ASKED_MEANWHILE, NOTHING_ASKED, Offer, Offers
from chatroom.client.ui.onboarding import ASK_SAVING
from chatroom.client.view.lines import Line
from client.visitor import ENTERING, Visit


class Desk:
    """Offers, what was shown of them, and what was done."""

    def __init__(self) -> None:
        self.shown: list[Line] = []
        self.done: list[str] = []
        self.offers = Offers(self.shown.append)

    def offer(self, name: str) -> None:
        yes, no = (
            (lambda: self.done.append(f"yes {name}")),
            (lambda: self.done.append(f"no {name}")),
        )
        self.offers.make(Offer(name, f"{name}?", yes, no))


def test_an_answer_is_for_what_stood_when_its_line_was_begun() -> None:
    desk = Desk()
    desk.offer("save")
    desk.offers.read()
    desk.offer("unsent")  # while /no is typed
    desk.offers.answer(accepted=False)
    assert desk.done == ["no save"]
    assert str(desk.shown[-1]) == str(desk.shown[1])  # the other one is asked again
    desk.offers.read()
    desk.offers.answer(accepted=True)
    assert desk.done == ["no save", "yes unsent"]


@pytest.mark.parametrize("before", [(), ("unsent",)])
def test_what_was_offered_meanwhile_is_asked_again(before: tuple[str, ...]) -> None:
    """Also in the place of one of the same name, which asks about more now."""
    desk = Desk()
    for name in before:
        desk.offer(name)
    desk.offers.read()
    desk.offer("unsent")
    shown = len(desk.shown)
    with pytest.raises(CommandError, match=ASKED_MEANWHILE):
        desk.offers.answer(accepted=False)
    assert len(desk.shown) == shown + 1
    assert not desk.done
    desk.offers.answer(accepted=False)
    assert desk.done == ["no unsent"]
    with pytest.raises(CommandError, match=NOTHING_ASKED):
        desk.offers.answer(accepted=False)


def test_answers_in_a_row_are_for_the_newest_first() -> None:
    desk = Desk()
    desk.offer("save")
    desk.offer("unsent")
    desk.offers.read()
    desk.offers.answer(accepted=True)
    desk.offers.answer(accepted=False)
    assert desk.done == ["yes unsent", "no save"]


@pytest.mark.parametrize(
    ("line", "done"),
    [("y", "yes save"), ("Yes ", "yes save"), ("n", "no save"), ("no", "no save")],
)
def test_a_line_that_is_nothing_but_an_answer(line: str, done: str) -> None:
    """It is one as long as a question stands, and one is told so."""
    desk = Desk()
    assert not desk.offers.takes(line)
    desk.offer("save")
    desk.offers.read()
    assert desk.offers.takes(line)
    assert desk.done == [done]
    slash = f"/{done.partition(' ')[0]}"
    assert desk.shown[-1].text == f'-- "{line.strip()}" was taken as {slash}, and not sent.'
    assert not desk.offers.takes(line)


@pytest.mark.parametrize("line", ["no way", "yes!", "nope", "yy", "ok", ""])
def test_a_line_that_says_more(line: str) -> None:
    """It is for the others."""
    desk = Desk()
    desk.offer("save")
    assert not desk.offers.takes(line)
    assert not desk.done


def test_a_line_that_was_begun_before_the_question() -> None:
    """It is for the others too."""
    desk = Desk()
    desk.offers.read()
    desk.offer("save")
    assert not desk.offers.takes("no")
    desk.offers.read()
    assert desk.offers.takes("no")


@pytest.mark.parametrize(("answer", "nick"), [("/yes", "alice"), ("/no", "")])
def test_the_offer_to_save_is_made_once(answer: str, nick: str) -> None:
    """In the first room; without a nickname it is not to be made again."""
    visit, kept = Visit(joined=False), list[tuple[str, str]]()

    def remember(nick: str, room: str) -> str:
        kept.append((nick, room))
        return "Noted."

    visit.chat.context.services.remember = remember
    visit.hear(ENTERING.format("#general"))
    visit.sent()
    assert ASK_SAVING in visit.shown()[-1]
    visit.types(answer)
    assert (kept, visit.shown()[-1]) == ([(nick, "#general")], "-- Noted.")
    visit.types(answer)
    assert visit.shown()[-1] == "-- There is nothing to answer."
    visit.chat.onboarding.offer()
    assert (len(kept), visit.shown()) == (1, [])


def test_a_place_that_cannot_be_saved_is_told() -> None:
    """And the chat goes on."""

    def remember(nick: str, room: str) -> str:
        raise ServiceError("Cannot write it.")

    visit = Visit(joined=False)
    visit.chat.context.services.remember = remember
    visit.hear(ENTERING.format("#general"))
    visit.sent()
    visit.types("/yes")
    assert visit.shown()[-1] == "-- Cannot write it."
    assert visit.types("hello").endswith("PRIVMSG #general :hello")
