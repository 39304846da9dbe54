"""Scripts and programs on ngIRCd, which slows down who sends much."""

import pytest

from end_to_end.foreign import installed
from end_to_end.foreign_scripts import Scripts


@pytest.mark.foreign
@pytest.mark.skipif(not installed("ngircd"), reason="ngircd is not installed")
class TestOnNgircd(Scripts):
    program = "ngircd"
    settings = "[Limits]\nMaxPenaltyTime = -1\n"
