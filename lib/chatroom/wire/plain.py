"""Attributes as plain values, for another process: those that are as usual are left out.

So an attribute that is new in a later version has its usual value if an earlier one hands over, and
a snapshot of thousands of connections is small.
"""

from collections.abc import Mapping
from operator import attrgetter
from typing import Any


class Usual:
    """The usual values of two or more attributes."""

    __slots__ = ("_get", "_values")

    def __init__(self, **values: Any) -> None:
        self._values = values
        self._get = attrgetter(*values)

    def differing(self, thing: object) -> dict[str, Any]:
        """The attributes of a thing that have other values than the usual ones."""
        usual = self._values.items()
        return {
            name: value
            for (name, common), value in zip(usual, self._get(thing), strict=True)
            if value != common
        }

    def assign(self, thing: object, values: Mapping[str, Any]) -> None:
        """Give a thing the attributes that `differing` has returned, and all others their usual
        values."""
        for name, common in self._values.items():
            setattr(thing, name, values.get(name, common))
