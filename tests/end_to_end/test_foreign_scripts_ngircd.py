"""Scripts and programs on ngIRCd."""

import pytest

from end_to_end.foreign import installed
from end_to_end.foreign_scripts import Loss, Pace, Scripts


@pytest.mark.foreign
@pytest.mark.skipif(not installed("ngircd"), reason="ngircd is not installed")
class TestOnNgircd(Scripts, Pace, Loss):
    program = "ngircd"
    settings = ""
