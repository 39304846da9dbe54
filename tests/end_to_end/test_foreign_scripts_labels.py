"""Scripts and programs on InspIRCd with its modules for IRCv3."""

import pytest

from end_to_end.foreign import MODULES, installed
from end_to_end.foreign_scripts import Pace, Scripts


@pytest.mark.foreign
@pytest.mark.skipif(not installed("inspircd"), reason="inspircd is not installed")
class TestOnInspircdWithLabels(Scripts, Pace):
    program = "inspircd"
    settings = MODULES
