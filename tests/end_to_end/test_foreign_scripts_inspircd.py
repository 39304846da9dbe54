"""Scripts and programs on InspIRCd as it comes."""

import pytest

from end_to_end.foreign import installed
from end_to_end.foreign_scripts import Loss, Scripts


@pytest.mark.foreign
@pytest.mark.skipif(not installed("inspircd"), reason="inspircd is not installed")
class TestOnInspircd(Scripts, Loss):
    program = "inspircd"
    settings = ""
