"""Writing a file as a whole: readers find either the old text or the new one, never a part."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Write `text` into a file that only its owner can read; the directory exists. Raises
    OSError, and then the old file is unchanged."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError:
        with suppress(OSError):  # the first error tells more
            Path(name).unlink()
        raise
