"""How hypothesis works here: few examples, and no clock, so that a slow machine fails nothing."""

from hypothesis import settings

settings.register_profile("chatroom", max_examples=100, deadline=None)
settings.load_profile("chatroom")
