"""Going into rooms, out of them, and what is done there."""

from typing import TYPE_CHECKING

from chatroom.client.ui.commands.base import current_room

if TYPE_CHECKING:
    from chatroom.client.ui.chat import Chat


def join(chat: "Chat", arguments: list[str]) -> None:
    """Into a room; one where we are becomes the current one."""
    state = chat.session.state
    room = state.room_meant(arguments[0])
    known = state.room(room)
    if known:
        chat.display.go_to(known.name)
        return
    chat.session.send("JOIN", room, *arguments[1:])
    chat.session.barrier()  # what is typed behind it waits until it is known where one is
    if not chat.person:
        chat.display.buffers.switch(chat.display.buffers.open(room))


def leave(chat: "Chat", arguments: list[str]) -> None:
    """The current room, or the one that the first word names, if one is in it."""
    first, _, rest = (arguments or [""])[0].partition(" ")
    state = chat.session.state
    room = state.room(state.room_meant(first)) if first else None
    if room is not None:
        chat.session.send("PART", room.name, *filter(None, [rest.strip()]))
    elif chat.room and chat.display.absent and chat.display.buffers.current:
        chat.display.close(chat.display.buffers.current)
    else:
        chat.session.send("PART", current_room(chat), *arguments)


def rooms(chat: "Chat", arguments: list[str]) -> None:
    """The rooms that there are, or those whose names or topics fit a pattern."""
    chat.display.patterns.append(arguments[0] if arguments else "")
    chat.session.send("LIST")


def who(chat: "Chat", arguments: list[str]) -> None:
    """Who is in a room."""
    room = chat.session.state.room_meant(arguments[0]) if arguments else current_room(chat)
    chat.session.send("WHO", room)


def topic(chat: "Chat", arguments: list[str]) -> None:
    """Tell or set the topic."""
    chat.session.send("TOPIC", current_room(chat), *arguments)


def kick(chat: "Chat", arguments: list[str]) -> None:
    """Throw somebody out."""
    chat.session.send("KICK", current_room(chat), *arguments)


def invite(chat: "Chat", arguments: list[str]) -> None:
    """Ask somebody in."""
    state = chat.session.state
    room = state.room_meant(arguments[1]) if len(arguments) > 1 else current_room(chat)
    chat.session.send("INVITE", arguments[0], room)
