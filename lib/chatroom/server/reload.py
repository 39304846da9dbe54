"""Reading the configuration again, on HUP."""

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from chatroom.server.config import ConfigError, load
from chatroom.server.log import set_detail

if TYPE_CHECKING:
    from chatroom.server.tick import Server

log = logging.getLogger("chatroom")

_FIXED = ("listen", "data", "history", "rooms", "system")
"""What a server is started with; a change of it takes a restart."""


def reload(server: "Server") -> None:
    """Take over settings and limits from the configuration; the rest needs a restart."""
    try:
        config = load(server.options)
    except ConfigError as error:
        for fault in error.faults:
            log.error("%s", fault)
        log.error("The configuration stays as it was.")
        return
    set_detail(config.log.verbose)
    for warning in config.warnings:
        log.warning("%s", warning)
    changed = [key for key in _FIXED if getattr(config, key) != getattr(server.config, key)]
    if changed:
        log.warning("A change of %s takes a restart.", ", ".join(changed))
    server.config = replace(config, **{key: getattr(server.config, key) for key in _FIXED})
    server.world.settings, server.world.limits = config.server, config.limits
    log.info("The configuration has been read again.")
