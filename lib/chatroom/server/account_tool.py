"""`chatroom-server account`: the operator's side of accounts, whether the server runs or not.

Passwords come from a prompt on the terminal, or from a line of standard input, and never from the
command line, which everybody on the machine can read.
"""

import getpass
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from chatroom.chat.commands.accounts import PASSWORD_CHANGED
from chatroom.chat.commands.certificates import REMOVED
from chatroom.chat.commands.tokens import Unfit, described, described_by
from chatroom.chat.state.accounts import Accounts
from chatroom.net.streams import FAILED, FINE
from chatroom.server.config.load import Config
from chatroom.server.config.options import ChangeAccount
from chatroom.server.control.ask import ControlError, NotRunning, ask, is_running
from chatroom.store.accounts import (
    ALWAYS_ON,
    AccountExists,
    AccountStore,
    CertificateTaken,
    NoAccount,
    StoredAccount,
    TooManyCertificates,
)
from chatroom.store.database import DataDirectory, StoreError, as_store_error
from chatroom.store.erasure import erase_now, marked
from chatroom.store.tokens import TokenExists, TokenStore, TooManyTokens
from chatroom.text.display import visible
from chatroom.text.fingerprints import BadFingerprint, parse_fingerprint
from chatroom.wire.names import InvalidName, fold, nickname
from chatroom.wire.sasl import SHORTEST_PASSWORD, UnfitPassword, prepared
from chatroom.wire.scram import SALT_BYTES, Keys, derive
from chatroom.wire.tokens import TOKEN_BYTES, token_of

Lines = Iterator[str]


_LOOK = 0.1
"""Seconds between two looks at what the server has still to erase."""


class _Refused(Exception):
    """The change cannot be made. `str()` gives the reason."""


_FAULTS = (
    _Refused,
    Unfit,
    InvalidName,
    UnfitPassword,
    BadFingerprint,
    StoreError,
    ControlError,
)


def run_account_tool(tool: ChangeAccount, config: Config) -> int:
    """Run the tool. Returns the exit status."""
    try:
        if not (config.history.enabled and config.accounts.enabled):
            raise _Refused("accounts need history.enabled and accounts.enabled")
        with as_store_error(f"Cannot use the data directory {config.data}"):
            config.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with closing(AccountStore(config.data, config.history.durability)) as store:
            for line in _ACTIONS[tool.action](store, tool, config):
                print(line)
    except _FAULTS as error:
        return _say(str(error))
    except AccountExists as error:
        return _say(f"there is an account {visible(str(error))} already")
    except CertificateTaken as error:
        return _say(f"this certificate logs in to {visible(str(error))}")
    except TokenExists as error:
        return _say(f"there is a token {visible(str(error))} already")
    except TooManyTokens:
        return _say("the account has as many tokens as it may have; remove one")
    except TooManyCertificates:
        return _say(f"an account has at most {config.limits.certificates} certificates")
    except NoAccount as error:
        return _say(f"there is no account {visible(str(error))}")
    except (KeyboardInterrupt, EOFError):
        return _say("nothing was changed")
    return FINE


def _say(fault: str) -> int:
    print(f"chatroom-server: {fault}", file=sys.stderr)
    return FAILED


def _tell_server(config: Config, *names: str, ends: str = "") -> bool:
    """Tell it that the account `names[0]` changed; `names[1]` is its new name, if it has one.

    Returns whether there is a server, which by then has carried out the change.
    """
    change = {"before": names[0], "after": names[-1], "ends": ends}
    try:
        ask(config.data, "account-changed", change)
    except NotRunning:
        return False
    except ControlError as error:
        raise _Refused(f"the change is stored, but {error}") from None
    return True


def _add(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    name = _free_name(store, tool.name, config)
    store.add(name, _new_keys(config, name), time.time())
    _tell_server(config, name)
    yield f"The account {name} was added."


def _free_name(store: AccountStore, name: str, config: Config, besides: str = "") -> str:
    """The name as it will be shown. It may look like the name of the account `besides`, which is
    being renamed."""
    name = nickname(name, config.limits.nickname)
    known = Accounts()
    rest = (each for each in store.all() if each.name != besides)
    known.restore((each.name, False, each.number, None) for each in rest)
    if known.find(name) is not None:
        raise AccountExists(name)
    other = known.imitated_by(name)
    if other is not None:
        raise _Refused(f"{name} looks like {other.name}, who has an account")
    return name


def _new_keys(config: Config, name: str) -> Keys:
    if sys.stdin.isatty():
        word = getpass.getpass(f"A new password for {name}: ")
        if getpass.getpass("Repeat it: ") != word:
            raise _Refused("the two passwords are different; nothing was changed")
    else:
        word = sys.stdin.readline().rstrip("\r\n")
    if len(word) < SHORTEST_PASSWORD:
        raise _Refused(f"a password has at least {SHORTEST_PASSWORD} characters")
    return derive(prepared(word), secrets.token_bytes(SALT_BYTES), config.accounts.rounds)


def _list(store: AccountStore, _tool: ChangeAccount, _config: Config) -> Lines:
    for account in store.all():
        yield visible(f"{account.name}{' (suspended)' if account.suspended else ''}")


def _show(store: AccountStore, tool: ChangeAccount, _config: Config) -> Lines:
    account = _known(store, tool.name)
    yield visible(account.name)
    yield f"  registered {_day(account.created)}"
    if account.suspended:
        why = f": {visible(account.reason)}" if account.reason else ""
        yield f"  suspended since {_day(account.suspended)}{why}"
    if account.flags.get(ALWAYS_ON) is not None:
        yield f"  always on: {'yes' if account.flags[ALWAYS_ON] else 'no'}"
    for fingerprint in store.certificates(account.name):
        yield f"  certificate {fingerprint}"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"


def _known(store: AccountStore, name: str) -> StoredAccount:
    account = store.find(name)
    if account is None:
        raise NoAccount(name)
    return account


def _password(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    store.set_keys(account.name, _new_keys(config, account.name))
    _tell_server(config, account.name, ends=PASSWORD_CHANGED)
    yield f"The password of {visible(account.name)} was changed."


def _add_certificate(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account, fingerprint = _known(store, tool.name), parse_fingerprint(tool.new)
    store.add_certificate(account.name, fingerprint, time.time(), config.limits.certificates)
    yield f"The certificate {fingerprint} logs in to {visible(account.name)} from now on."


def _remove_certificate(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account, fingerprint = _known(store, tool.name), parse_fingerprint(tool.new)
    if not store.remove_certificate(account.name, fingerprint):
        raise _Refused(f"it does not log in to {visible(account.name)}")
    _tell_server(config, account.name, ends=REMOVED)
    yield f"The certificate {fingerprint} does not log in to {visible(account.name)} any more."


def _add_token(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    words = [tool.new, tool.rooms, tool.scope]
    token = described_by([word for word in words if word], config.limits.room_name)
    secret = token_of(secrets.token_bytes(TOKEN_BYTES))
    new = replace(token, account=account.number, created=time.time())
    with closing(TokenStore(config.data, config.history.durability)) as tokens:
        tokens.add(secret, new)
    yield f"The token {token.name} of {visible(account.name)}, shown only this once:"
    yield secret


def _list_tokens(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    with closing(TokenStore(config.data, config.history.durability)) as tokens:
        for token in tokens.of_account(account.number):
            yield visible(described(token))


def _remove_token(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    with closing(TokenStore(config.data, config.history.durability)) as tokens:
        gone = tokens.remove(account.number, tool.new)
    if gone is None:
        raise _Refused(f"{visible(account.name)} has no token {visible(tool.new)}")
    _tell_server(config, account.name)
    yield f"The token {gone.name} of {visible(account.name)} is revoked."


def _rename(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    new = _free_name(store, tool.new, config, besides=account.name)
    store.rename(account.name, new)
    _tell_server(config, account.name, new)
    yield f"The account {visible(account.name)} is now called {new}."


def _suspend(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    store.suspend(account.name, time.time(), tool.reason)
    _tell_server(config, account.name, ends="Your account was suspended")
    yield f"The account {visible(account.name)} is suspended."


def _resume(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    store.suspend(account.name, 0)
    _tell_server(config, account.name)
    yield f"The account {visible(account.name)} can be used again."


def _remove(store: AccountStore, tool: ChangeAccount, config: Config) -> Lines:
    account = _known(store, tool.name)
    name = visible(account.name)
    if tool.erase:
        _confirm(account.name)
    store.remove(account.name, erase=tool.erase)
    runs = _tell_server(config, account.name, ends="Your account was removed")
    if not tool.erase:
        yield f"The account {name} was removed. What its owner said stays."
        return
    yield f"The account {name} was removed. What its owner said is being erased."
    sys.stdout.flush()
    try:
        if not (runs and _erased_by_server(config.data, account.number)):
            with closing(DataDirectory(config.data)):
                erase_now(config.data)
    except KeyboardInterrupt:
        later = "interrupted; the server erases the rest, now or when it next starts"
        raise _Refused(later) from None
    yield "Everything is erased."


def _confirm(name: str) -> None:
    """Raises _Refused unless the person gives the account's name once more."""
    if sys.stdin.isatty():
        shown = visible(name)
        print(f"Everything that {shown} said, in rooms and in private, will be erased for ever.")
        word = input("Type the name of the account once more: ")
    else:
        word = sys.stdin.readline()
    if fold(word.strip()) != fold(name):
        raise _Refused("that is not the name of the account; nothing was changed")


def _erased_by_server(directory: Path, account: int) -> bool:
    """Wait until the server has erased what the account said. Returns False if it has ended
    before."""
    while account in marked(directory):
        if not is_running(directory):
            return False
        time.sleep(_LOOK)
    return True


_ACTIONS: dict[str, Callable[[AccountStore, ChangeAccount, Config], Lines]] = {
    "add": _add,
    "list": _list,
    "show": _show,
    "password": _password,
    "add-certificate": _add_certificate,
    "remove-certificate": _remove_certificate,
    "add-token": _add_token,
    "list-tokens": _list_tokens,
    "remove-token": _remove_token,
    "rename": _rename,
    "suspend": _suspend,
    "resume": _resume,
    "remove": _remove,
}
