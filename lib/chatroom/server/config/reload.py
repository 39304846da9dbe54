"""Reads the configuration again, on SIGHUP."""

import logging
from dataclasses import replace

from chatroom.chat.named_operators import name_operators
from chatroom.chat.server_operators import review
from chatroom.chat.state.apply import apply
from chatroom.chat.state.events import LimitsChanged
from chatroom.chat.state.world import World
from chatroom.chat.staying import review_staying
from chatroom.server.config.load import Config, ConfigError, load
from chatroom.server.config.options import Options
from chatroom.server.logging_setup import set_up_logging

log = logging.getLogger("chatroom")

_FIXED = ("listen", "data", "history", "system")
"""Settings that need a restart to change, besides `rooms.permanent`."""


def reload(world: World, old: Config, options: Options) -> Config:
    """Apply new settings, limits and rooms' operators; everything else needs a restart.

    Returns the configuration that holds now: the `old` one if there are faults, which are logged.
    """
    try:
        config = load(options)
    except ConfigError as error:
        for fault in error.faults:
            log.error("%s", fault)
        log.error("The configuration was not changed.")
        return old
    set_up_logging(config.log.verbose, config.log.format)
    for warning in config.warnings:
        log.warning("%s", warning)
    changed = [key for key in _FIXED if getattr(config, key) != getattr(old, key)]
    rooms = replace(old.rooms, operators=config.rooms.operators, owners=config.rooms.owners)
    if config.rooms != rooms:
        changed.append("rooms.permanent")
    if changed:
        log.warning("Changes of %s need a restart.", ", ".join(changed))
    if config.accounts.enabled != old.accounts.enabled:
        log.warning("Changes of accounts.enabled need a restart.")
    if config.files.enabled and not old.files.enabled:
        log.warning("Changes of files.enabled need a restart.")
    fixed = {key: getattr(old, key) for key in _FIXED}
    world.set_settings(config.server)
    world.set_account_settings(config.accounts)
    world.set_operator_settings(config.operators)
    review(world)
    apply(world, LimitsChanged(config.limits))
    name_operators(world, rooms.operators, rooms.owners)
    review_staying(world)
    log.info("The configuration was read again.")
    return replace(config, rooms=rooms, **fixed)
