"""`chatroom-server certificate`: shows the server's certificate, and makes one if there is none."""

import os
import sys
from collections.abc import Iterator

from chatroom.chat.settings import AUTO
from chatroom.net.streams import FAILED, FINE
from chatroom.net.tls import with_colons
from chatroom.server.certificate_maker import CannotMake, make_certificate, names_of_this_machine
from chatroom.server.certificates import (
    BadCertificate,
    Loaded,
    certificate_file,
    last_day,
    load_certificate,
)
from chatroom.server.config.load import Config
from chatroom.server.config.options import ShowCertificate
from chatroom.text.display import visible


def run_certificate_tool(tool: ShowCertificate, config: Config) -> int:
    """Run the tool. Returns the exit status."""
    try:
        for line in _carry_out(tool, config):
            print(line)
    except (BadCertificate, CannotMake) as error:
        print(f"chatroom-server: {error}", file=sys.stderr)
        return FAILED
    return FINE


def _carry_out(tool: ShowCertificate, config: Config) -> Iterator[str]:
    file = certificate_file(config.tls, config.data)
    if file is None:
        raise CannotMake('tls.certificate is empty, so there is no TLS; set it to "auto"')
    is_own = config.tls.certificate == AUTO
    if not is_own and (tool.force or tool.names):
        raise CannotMake(f'tls.certificate names {file}; set it to "auto" for one made here')
    exists = os.path.lexists(file)
    if is_own and (tool.force or not exists):
        names = (*tool.names, *names_of_this_machine(config.server.name), *_listed(config))
        make_certificate(file, list(dict.fromkeys(names)))
    elif tool.names:
        raise CannotMake(f"{file} already exists; --force replaces it")
    loaded = load_certificate(config.tls, config.data)
    if loaded is not None:
        yield from _facts(loaded)
    if is_own and tool.force and exists:
        yield "People who have trusted the old certificate are warned when they connect again."
        yield "A running server uses the new one after SIGHUP."


def _listed(config: Config) -> Iterator[str]:
    return (each.address.host for each in config.listen if each.address.host)


def _facts(loaded: Loaded) -> Iterator[str]:
    for warning in loaded.warnings:
        yield f"Warning: {warning}"
    yield f"Certificate: {loaded.file}"
    yield f"Names: {', '.join(map(visible, loaded.certificate.names))}"
    yield f"Valid until: {last_day(loaded.certificate)}"
    yield f"SHA-256 fingerprint: {with_colons(loaded.certificate.fingerprint)}"
