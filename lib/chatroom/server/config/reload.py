"""Reads the configuration again, on SIGHUP."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from chatroom.chat.named_operators import name_operators
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import Configured
from chatroom.server.config.load import ConfigError, load
from chatroom.server.logging_setup import set_detail

if TYPE_CHECKING:
    from chatroom.server.server import Server

log = logging.getLogger("chatroom")

_FIXED = ("listen", "data", "history", "system")
"""Settings that need a restart to change, besides `rooms.permanent`."""


def reload(server: "Server") -> None:
    """Apply new settings, limits and rooms' operators; everything else needs a restart."""
    try:
        config = load(server.options)
    except ConfigError as error:
        for fault in error.faults:
            log.error("%s", fault)
        log.error("The configuration was not changed.")
        return
    set_detail(config.log.verbose)
    for warning in config.warnings:
        log.warning("%s", warning)
    changed = [key for key in _FIXED if getattr(config, key) != getattr(server.config, key)]
    rooms = replace(server.config.rooms, operators=config.rooms.operators)
    if config.rooms != rooms:
        changed.append("rooms.permanent")
    if changed:
        log.warning("Changes of %s need a restart.", ", ".join(changed))
    fixed = {key: getattr(server.config, key) for key in _FIXED}
    server.config = replace(config, rooms=rooms, **fixed)
    apply(server.world, Configured(config.server, config.limits))
    name_operators(server.world, rooms.operators)
    log.info("The configuration was read again.")
