"""The conversations by their names, however many there are."""

from collections.abc import Callable

from chatroom.client.ui.buffers import _PROBE, Buffers
from chatroom.wire.names import CASEMAPPINGS


class Folds:
    """Counts the names that are folded."""

    def __init__(self, fold: Callable[[str], str] = str.lower) -> None:
        self.fold = fold
        self.count = 0

    def __call__(self, name: str) -> str:
        self.count += 1
        return self.fold(name)


def test_a_conversation_is_found_without_a_look_at_all_of_them() -> None:
    folds = Folds()
    buffers = Buffers(folds)
    opened = [buffers.open(f"#Room{number}") for number in range(100)]
    assert buffers.find("#rOOM57") is opened[57]
    folds.count = 0
    for number, each in enumerate(opened):
        assert buffers.find(f"#room{number}") is each
    assert buffers.find("#other") is None
    assert folds.count <= 3 * 101


def test_it_is_found_by_its_new_name_only() -> None:
    buffers = Buffers(Folds())
    bob, room, other = (buffers.open(name) for name in ("Bob", "#old", "#new"))
    assert buffers.find("bob") is bob
    buffers.rename("bob", "Robert")
    buffers.rename_room("#old", "#New")
    assert [buffers.find(name) for name in ("bob", "robert", "#old", "#NEW")] == [
        *(None, bob, None, room)
    ]
    assert other not in buffers.all
    buffers.close(room)
    assert buffers.find("#new") is None
    assert buffers.open("#new") is not room


def test_the_server_says_how_names_are_compared() -> None:
    """When the client comes to another one, conversations are there already."""
    folds = Folds(CASEMAPPINGS["ascii"])
    buffers = Buffers(folds)
    one = buffers.open("#a[b]")
    assert buffers.find("#A[B]") is one and buffers.find("#a{b}") is None
    folds.fold = CASEMAPPINGS["rfc1459"]
    assert buffers.find("#A{b}") is one


def test_each_way_to_compare_names_is_noticed() -> None:
    folded = [fold(_PROBE) for fold in set(CASEMAPPINGS.values())]
    assert len(set(folded)) == len(folded)
