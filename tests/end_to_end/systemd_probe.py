"""Runs beside a systemd that has started the server (boot_systemd.sh): talks to the server,
reloads, upgrades, kills and stops it, and writes what it has seen to /run/out/found, as JSON."""

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

OUT = Path("/run/out")


def show(*names: str) -> dict[str, str]:
    """Properties of the service."""
    words = ["systemctl", "show", "chatroom.service", *(f"--property={name}" for name in names)]
    lines = subprocess.run(words, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n")
    return dict(line.split("=", 1) for line in lines if line)


def talk(nick: str, *said: str, until: str) -> str:
    """Come in as a person with netcat, say this, and return what is shown up to some words."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(15)
        sock.connect("/run/people")
        sock.sendall("".join(f"{line}\n" for line in (nick, "general", *said)).encode())
        shown = ""
        while until not in shown and (data := sock.recv(4096)):
            shown += data.decode()
        return shown


def stopped() -> dict[str, str]:
    """How the service ended, once it has."""
    subprocess.run(["systemctl", "stop", "chatroom.socket", "chatroom.service"], check=True)
    return show("ActiveState", "Result")


def main() -> None:
    """Go through a day of the service."""
    found: dict[str, object] = {}
    state = show("ActiveState", "StatusText", "MainPID")
    found["started"] = state
    status = Path(f"/proc/{state['MainPID']}/status").read_text()
    found["process"] = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    found["found"] = talk("alice", "who brings the tea?", "/search tea", until="<alice> who")
    subprocess.run(["systemctl", "reload", "chatroom.service"], check=True)
    found["reloaded"] = show("ActiveState", "NRestarts")
    pid = state["MainPID"]
    os.kill(int(pid), signal.SIGUSR2)
    while (state := show("MainPID", "ActiveState", "NRestarts"))["MainPID"] == pid:
        time.sleep(0.05)
    found["upgraded"] = {name: state[name] for name in ("ActiveState", "NRestarts")}
    found["after an upgrade"] = talk("carol", until="<alice> who brings the tea?")
    os.kill(int(state["MainPID"]), signal.SIGKILL)
    found["after a crash"] = talk("bob", until="<alice> who brings the tea?")
    while (state := show("ActiveState", "NRestarts"))["ActiveState"] != "active":
        time.sleep(0.05)
    found["restarted"] = state
    found["stopped"] = stopped()
    (OUT / "new").write_text(json.dumps(found))
    (OUT / "new").rename(OUT / "found")


if __name__ == "__main__":
    main()
