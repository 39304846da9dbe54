"""Downloads take turns, so that all of them together leave time for the chat."""

from chatroom.server.web.turns import PIECES, Turns


def test_a_tick_has_some_pieces_and_who_waited_longest_comes_first() -> None:
    turns = Turns()
    last = dict.fromkeys(range(3 * PIECES + 1), 0.0)
    pieces = dict.fromkeys(last, 0)
    for clock in range(1, 10 * len(last) + 1):
        served = [one for one in last if turns.take(last[one], clock)]
        assert len(served) <= PIECES
        last.update(dict.fromkeys(served, float(clock)))
        for one in served:
            pieces[one] += 1
    assert min(pieces.values()) >= 0.8 * max(pieces.values())
    assert sum(pieces.values()) >= 0.7 * PIECES * 10 * len(last)


def test_few_have_all_turns_and_one_that_is_gone_keeps_nobody_waiting() -> None:
    turns = Turns()
    for clock in range(1, 5):
        assert all(turns.take(clock - 1, clock) for _ in range(PIECES))
    assert not turns.take(0, 4)  # it will not come again
    assert not turns.take(4, 5)
    assert turns.take(4, 6)


def test_a_turn_that_is_not_needed_is_anothers() -> None:
    turns = Turns()
    assert all(turns.take(0, 1) for _ in range(PIECES))
    assert not turns.take(0, 1)
    turns.give_back()
    assert turns.take(0, 1)
