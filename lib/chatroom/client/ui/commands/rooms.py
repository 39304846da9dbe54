"""Commands for rooms: entering, leaving, and what operators do."""

from chatroom.client.ui.commands.base import Tools, current_room

IN_TALK = {
    "leave": "/close ends it; /leave ROOM leaves a room.",
    "who": "/who ROOM lists the people in a room.",
    "topic": "Only a room has a topic; /switch ROOM switches to one.",
    "kick": "/kick works only in a room; /switch ROOM switches to one.",
    "invite": "/invite NICK ROOM invites someone into a room.",
}
"""What to do instead in a private conversation."""


def join(tools: Tools, arguments: list[str]) -> None:
    """Enter one or more rooms; one that we are in already becomes the current one."""
    state = tools.context.session.state
    rooms = state.rooms_meant(arguments[0]) or arguments[0]
    known = state.room(rooms)
    if known:
        tools.display.go_to(known.name)
        return
    tools.context.session.send("JOIN", rooms, *arguments[1:])
    tools.context.session.barrier()  # what is typed behind it waits until it is known where one is
    if not tools.context.person:
        last = rooms.rpartition(",")[2]
        tools.display.buffers.switch(tools.display.buffers.open(last))


def leave(tools: Tools, arguments: list[str]) -> None:
    """Leave the current room, or the rooms that the first word names, if we are in them."""
    first, _, rest = (arguments or [""])[0].partition(" ")
    state = tools.context.session.state
    named = [state.room(name) for name in state.rooms_meant(first).split(",")]
    rooms = [room.name for room in named if room]
    if len(rooms) == len(named):
        tools.context.session.send("PART", ",".join(rooms), *filter(None, [rest.strip()]))
    elif tools.display.room and tools.display.absent and tools.display.buffers.current:
        tools.display.close(tools.display.buffers.current)
    else:
        tools.context.session.send("PART", current_room(tools, IN_TALK["leave"]), *arguments)


def rooms(tools: Tools, arguments: list[str]) -> None:
    """List the rooms, or those whose name or topic matches a pattern."""
    tools.display.patterns.append(arguments[0] if arguments else "")
    tools.context.session.send("LIST")


def who(tools: Tools, arguments: list[str]) -> None:
    """Show who is in a room."""
    meant = tools.context.session.state.room_meant
    room = meant(arguments[0]) if arguments else current_room(tools, IN_TALK["who"])
    tools.context.session.send("WHO", room)


def topic(tools: Tools, arguments: list[str]) -> None:
    """Show or set the topic."""
    tools.context.session.send("TOPIC", current_room(tools, IN_TALK["topic"]), *arguments)


def kick(tools: Tools, arguments: list[str]) -> None:
    """Kick somebody."""
    tools.context.session.send("KICK", current_room(tools, IN_TALK["kick"]), *arguments)


def knock(tools: Tools, arguments: list[str]) -> None:
    """Ask those in charge of a room to be let in."""
    session = tools.context.session
    session.send("KNOCK", session.state.room_meant(arguments[0]), *arguments[1:])


def invite(tools: Tools, arguments: list[str]) -> None:
    """Invite somebody."""
    meant = tools.context.session.state.room_meant
    named = arguments[1:]
    room = meant(named[0]) if named else current_room(tools, IN_TALK["invite"])
    tools.context.session.send("INVITE", arguments[0], room)
