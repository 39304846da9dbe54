"""`chatroom-server check-data`: says everything that is wrong with a data directory."""

import sys
from collections.abc import Iterator

from chatroom.net.streams import FAILED, FINE
from chatroom.server.certificates import BadCertificate, load_certificate
from chatroom.server.config.load import Config
from chatroom.server.config.options import CheckData
from chatroom.server.progress import print_lines
from chatroom.store.checking.checks import check_data
from chatroom.store.checking.findings import Data, Finding
from chatroom.store.database import StoreError
from chatroom.text.display import visible


def run_check_tool(tool: CheckData, config: Config) -> int:
    """Run the tool. Returns the exit status: FAILED if anything is wrong."""
    data = Data(config.data, tool.quick)
    faults = 0
    try:
        for finding in _findings(data, config):
            faults += not finding.is_note
            print_lines(visible(_in_words(finding)))
        print_lines(_summary(data, faults))
    except StoreError as error:
        print(f"chatroom-server: {error}", file=sys.stderr)
        return FAILED
    return FAILED if faults else FINE


def _findings(data: Data, config: Config) -> Iterator[Finding]:
    yield from check_data(data, _told)
    _told("the certificate")
    try:
        load_certificate(config.tls, config.data)
    except BadCertificate as error:
        remedy = "restore it from a backup, so that people need not trust a new one"
        yield Finding(str(data.directory), str(error), remedy)
    _told("")


def _told(name: str) -> None:
    """Show on a terminal what is checked now."""
    if sys.stderr.isatty():
        text = f"Checking {name}..." if name else ""
        print(f"\r{text:<40}\r", end="", file=sys.stderr, flush=True)


def _in_words(finding: Finding) -> str:
    if finding.is_note:
        return f"Note: {finding.where}: {finding.what}."
    return f"{finding.where}: {finding.what}. What to do: {finding.remedy}."


def _summary(data: Data, faults: int) -> str:
    if faults:
        return f"{faults:,} finding{'s' * (faults > 1)}. Nothing was changed."
    checked = ", ".join(f"{what}: {count:,}" for what, count in data.counts.items() if count)
    return f"{data.directory}: nothing is wrong ({checked or 'it is empty'})."
