"""The view of what the server says: answers, refusals and announcements."""

from chatroom.client.protocol import events
from chatroom.client.view.lines import (
    Line,
    ViewContext,
    error_line,
    info_line,
    quote_line,
    show,
)
from chatroom.client.view.numerics import numeric_text, refusal_text
from chatroom.text.display import explain, full_stop, visible


@show.register
def _registered(_event: events.Registered, place: ViewContext) -> Line:
    return Line(f"{' '.join(filter(None, ('Connected to the server', place.link)))}!")


@show.register
def _motd(event: events.MotdLine, _place: ViewContext) -> Line:
    return Line(visible(event.text))


@show.register
def _answer(event: events.Answer, _place: ViewContext) -> Line:
    return quote_line(numeric_text(event.message))


@show.register
def _account(event: events.AccountChanged, _place: ViewContext) -> Line | None:
    if not event.told:
        return None
    account = visible(event.account)
    return info_line(f"You are logged in as {account}" if account else "You are logged out")


@show.register
def _account_registered(event: events.AccountRegistered, _place: ViewContext) -> Line:
    account = visible(event.account)
    if event.unverified:
        code = f"/raw VERIFY {account} CODE"
        return info_line(f"{visible(event.text)} To finish, type {code}")
    return info_line(f"The account {account} is yours. Your password logs you in anywhere")


@show.register
def _refusal(event: events.Refusal | events.NickRefused, _place: ViewContext) -> Line:
    return error_line(refusal_text(event.message))


@show.register
def _remark(event: events.Remark, _place: ViewContext) -> Line:
    warning = "Warning: " if event.message.command == "WARN" else ""
    return quote_line(warning + full_stop(explain(event.message)))


@show.register
def _exceeded(event: events.Exceeded, _place: ViewContext) -> Line:
    return error_line(event.text)


@show.register
def _unreadable(event: events.Unreadable, _place: ViewContext) -> Line:
    return error_line(f"The server sent an unreadable line: {visible(event.reason)}")
