"""How often keys are derived from a password, and with how many rounds: counted, not timed."""

import hashlib

import pytest


def counted_rounds(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rounds of each derivation from now on."""
    rounds: list[int] = []
    derive = hashlib.pbkdf2_hmac

    def count(name: str, password: bytes, salt: bytes, iterations: int) -> bytes:
        rounds.append(iterations)
        return derive(name, password, salt, iterations)

    monkeypatch.setattr(hashlib, "pbkdf2_hmac", count)
    return rounds
