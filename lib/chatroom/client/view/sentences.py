"""How the client ends what it says."""


def full_stop(text: str) -> str:
    """It ends with a full stop, unless a colon announces what is not ours to end: somebody's words,
    a list, a command."""
    whole = not text or text.endswith((".", "!", "?", "…")) or ": " in text
    return text if whole else f"{text}."
