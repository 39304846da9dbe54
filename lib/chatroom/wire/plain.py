"""Attributes as plain values, for another process: those that are as usual are left out.

So an attribute that is new in a later version has its usual value if an earlier one hands over, and
a snapshot of thousands of connections is small.
"""

from collections.abc import Mapping
from typing import Any


def unusual(thing: object, usual: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a thing that have other values than the usual ones."""
    return {
        name: value for name, common in usual.items() if (value := getattr(thing, name)) != common
    }


def assign(thing: object, values: Mapping[str, Any], usual: Mapping[str, Any]) -> None:
    """Give a thing the attributes that `unusual` has returned, and all others their usual
    values."""
    for name, common in usual.items():
        setattr(thing, name, values.get(name, common))
