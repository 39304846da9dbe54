"""Certificates that log in to an account, by SASL EXTERNAL: adding, listing and removing them.

For NickServ; the terminal client asks it. A certificate belongs to one account at most.
"""

from functools import partial

from chatroom.chat.accounts_port import Answer, Verdict
from chatroom.chat.commands.accounts import ask_keeper
from chatroom.chat.commands.service import Say, in_words
from chatroom.chat.connections import dismiss
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.text.fingerprints import BadFingerprint, parse_fingerprint

REMOVED = "The certificate with which you logged in was removed from your account"
"""Why a connection ends."""

_NONE_SHOWN = "Your connection shows no certificate"
_NOT_SHOWN = (
    "Only the certificate that your connection shows can be added, because its key proves that it"
    " is yours: connect with it over TLS, log in, and say CERT ADD"
)
_NOT_ADDED = {
    Verdict.TAKEN: "it logs in to another account; log in with it, and remove it there",
    Verdict.TOO_MANY: "an account has {} at most; remove one",
    Verdict.TOO_OFTEN: "there is too much to do right now; try again later",
    Verdict.WRONG: "there is no such account any more",
    Verdict.FAILED: "accounts cannot be stored right now",
}
_NOT_REMOVED = _NOT_ADDED | {Verdict.WRONG: "it does not log in to your account"}


def certificates(world: World, session: Session, words: list[str], say: Say) -> None:
    """CERT ADD, CERT LIST, CERT DEL <fingerprint>"""
    action = _ACTIONS.get(words[0].upper() if words else "LIST")
    if action is None:
        say("Usage: CERT ADD, CERT LIST, or CERT DEL <fingerprint>")
    elif not session.user.account:
        say("Log in first.")
    else:
        action(world, session, "".join(words[1:]), say)


def _list(world: World, session: Session, _text: str, say: Say) -> None:
    found = world.keeper.certificates(session.user.account)
    if found is None:
        say("Accounts cannot be read right now.")
        return
    account, most = session.user.account, world.limits.certificates
    if not found:
        say(f"No certificate logs in to {account}.")
        return
    say(f"These certificates log in to {account} ({len(found)} of at most {most}):")
    for fingerprint in found:
        here = " (of this connection)" if fingerprint == session.transport.fingerprint else ""
        say(f"{fingerprint}{here}")


def _add(world: World, session: Session, text: str, say: Say) -> None:
    """A fingerprint is no secret, so nobody adds one without showing that they have its key: they
    would keep its owner from adding it, and the owner would log in to their account."""
    shown = session.transport.fingerprint
    fingerprint = _fingerprint(session, text, say) if text else shown
    if text and not fingerprint:
        return
    if not fingerprint or fingerprint != shown:
        say(f"{_NOT_SHOWN}.")
        return
    account = session.user.account

    def answered(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            say(f"The certificate {fingerprint} logs in to {account} from now on.")
        else:
            why = _NOT_ADDED[answer.verdict].format(world.limits.certificates)
            say(f"The certificate was not added: {why}.")

    request = partial(world.keeper.add_certificate, account, fingerprint)
    ask_keeper(world, session, request, in_words(say, answered))


def _remove(world: World, session: Session, text: str, say: Say) -> None:
    fingerprint = _fingerprint(session, text, say)
    if not fingerprint:
        return
    account = session.user.account

    def removed(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            _end_others(world, account, fingerprint, session)

    def answered(answer: Answer) -> None:
        if answer.verdict is Verdict.DONE:
            say(f"The certificate {fingerprint} does not log in to {account} any more.")
        else:
            say(f"The certificate was not removed: {_NOT_REMOVED[answer.verdict]}.")

    request = partial(world.keeper.remove_certificate, account, fingerprint)
    ask_keeper(world, session, request, in_words(say, answered), removed)


def _end_others(world: World, account: str, fingerprint: str, spared: Session) -> None:
    """End the connections that show a certificate which may have been stolen."""
    for user in world.logged_in(account):
        for session in user.sessions:
            if session is not spared and session.transport.fingerprint == fingerprint:
                assert isinstance(session, Session)
                dismiss(world, session, REMOVED)


def _fingerprint(session: Session, text: str, say: Say) -> str:
    """The fingerprint that the user gave, or else that of the connection; "" after telling the user
    what is wrong."""
    if not text:
        if not session.transport.fingerprint:
            say(f"{_NONE_SHOWN}.")
        return session.transport.fingerprint
    try:
        return parse_fingerprint(text)
    except BadFingerprint as error:
        say(f"That is not a fingerprint: {error}.")
        return ""


_ACTIONS = {
    "ADD": _add,
    "LIST": _list,
    "DEL": _remove,
    "REMOVE": _remove,
}
