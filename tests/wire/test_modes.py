"""MODE strings into changes and back (Modern IRC, "MODE message")."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire.modes import ModeChange, ModeTypes, format_changes, parse_changes

TYPES = ModeTypes("beI", "k", "l", "imnst")


@pytest.mark.parametrize(
    ("modes", "params", "changes"),
    [
        ("+ov-l", ("alice", "bob"), [(True, "o", "alice"), (True, "v", "bob"), (False, "l", None)]),
        ("+k", ("key",), [(True, "k", "key")]),
        ("-k", ("key",), [(False, "k", "key")]),  # type B: always
        ("+l", ("5",), [(True, "l", "5")]),  # type C: when set
        ("-lo", ("bob",), [(False, "l", None), (False, "o", "bob")]),
        ("+mi", ("x",), [(True, "m", None), (True, "i", None)]),  # type D: never
        ("b", (), [(True, "b", None)]),  # type A without a parameter is a query
        ("+bb", ("a!*@*",), [(True, "b", "a!*@*"), (True, "b", None)]),
        ("+o", (), [(True, "o", None)]),
        ("im", (), [(True, "i", None), (True, "m", None)]),  # without a sign: adding
        ("+-+-m", (), [(False, "m", None)]),
        ("+X", ("x",), [(True, "X", None)]),
        ("", ("x",), []),
        ("+-", (), []),
    ],
)
def test_the_four_types_of_modes_are_read(
    modes: str, params: tuple[str, ...], changes: list[tuple[bool, str, str | None]]
) -> None:
    """Modern IRC, "Channel mode": the four types, and prefixes."""
    assert list(parse_changes(modes, params, TYPES)) == changes


def test_a_users_modes_have_no_parameters() -> None:
    """Modern IRC, "MODE message": user modes are always type D."""
    assert list(parse_changes("+i-o", ("x",))) == [(True, "i", None), (False, "o", None)]


@pytest.mark.parametrize(
    ("changes", "params"),
    [
        ([], ()),
        ([ModeChange(True, "i")], ("+i",)),
        (
            [ModeChange(True, "o", "a"), ModeChange(True, "v", "b"), ModeChange(False, "l")],
            ("+ov-l", "a", "b"),
        ),
        ([ModeChange(False, "i"), ModeChange(True, "m")], ("-i+m",)),
    ],
)
def test_changes_are_written_with_their_signs(
    changes: list[ModeChange], params: tuple[str, ...]
) -> None:
    """Modern IRC, "MODE message": a sign for what follows it, then the parameters in order."""
    assert format_changes(changes) == params


def test_what_isupport_tells() -> None:
    """Modern IRC, "CHANMODES Parameter" and "PREFIX Parameter"."""
    assert TYPES.chanmodes == "beI,k,l,imnst"
    assert TYPES.prefix == "(ov)@+"


def complete(adding: bool, letter: str, param: str) -> ModeChange:
    """The change with a parameter if its letter has one."""
    return ModeChange(adding, letter, param if TYPES.takes_param(adding, letter) else None)


CHANGES = st.lists(
    st.builds(complete, st.booleans(), st.sampled_from("beIklimnstovX"), st.text(min_size=1))
)


@given(CHANGES)
def test_round_trip(changes: list[ModeChange]) -> None:
    """Formatted and parsed, the changes are the same."""
    modes, *params = format_changes(changes) or ("",)
    assert list(parse_changes(modes, params, TYPES)) == changes


@given(st.text(), st.lists(st.text()))
def test_any_text(modes: str, params: list[str]) -> None:
    """Nothing raises; each letter is one change, and no parameter is used twice."""
    changes = list(parse_changes(modes, params, TYPES))
    assert [change.letter for change in changes] == [one for one in modes if one not in "+-"]
    used = [change.param for change in changes if change.param is not None]
    assert used == params[: len(used)]
