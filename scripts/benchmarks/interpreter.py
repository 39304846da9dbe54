"""Which Python this is, and whether it was built with optimisations: 7 to 15 % for nothing.

As a program it says whether .venv may be made with it: `optimised`, `usable`, or nothing at all.
scripts/choose_python.sh asks each Python that it finds, so it has to be understood by old ones.
"""

import platform
import sys
import sysconfig

OLDEST = (3, 11)


def is_optimised() -> bool:
    """Whether it was built with profile-guided or link-time optimisation.

    Debian and Ubuntu do that, and take the flags out of what their Python tells of its build
    (Debian bug 934771): there, the flag that `configure` always sets is missing.
    """
    arguments = str(sysconfig.get_config_var("CONFIG_ARGS") or "")
    if "--enable-optimizations" in arguments:
        return True
    if "--with-lto" in arguments and "--with-lto=no" not in arguments:
        return True
    generate, use = map(sysconfig.get_config_var, ("PGO_PROF_GEN_FLAG", "PGO_PROF_USE_FLAG"))
    return bool(generate) and not use


def describe() -> str:
    """`CPython 3.11.2, optimised`."""
    words = "optimised" if is_optimised() else "not optimised"
    return f"{platform.python_implementation()} {platform.python_version()}, {words}"


def is_usable() -> bool:
    """Whether it is new enough, has SQLite, and can make environments with a pip that fetches."""
    if sys.version_info < OLDEST:
        return False
    try:
        import ensurepip
        import sqlite3
        import ssl
        import venv
    except ImportError:  # Debian has them in a package of their own
        return False
    return bool(ensurepip and sqlite3 and ssl and venv)


if __name__ == "__main__" and is_usable():
    print("optimised" if is_optimised() else "usable")
