"""Profiles and the first run: a person who is asked, and one who need not be any more."""

from pathlib import Path

from end_to_end.terminal import Terminal
from harness import Server


def start(home: Path, *arguments: str) -> Terminal:
    """The client in the hands of someone whose configuration is in `home`."""
    return Terminal(*arguments, environment={"XDG_CONFIG_HOME": str(home)})


def file(home: Path) -> Path:
    return home / "chatroom" / "client.toml"


def test_the_first_run(server: Server, tmp_path: Path) -> None:
    """The answers are saved, and the next run asks nothing; settings are kept beside them."""
    with start(tmp_path, "127.0.0.1", str(server.port)) as alice:
        alice.see("nickname: ").say("alice").see("Choose a room").say("tea")
        question = r"Save the server, nickname and room for next time\? /yes or /no"
        alice.see(question, "/yes or /no.> ")
        alice.keys("nice to meet you, y or n\r").see("<You> nice to meet you, y or n")
        alice.say("/yes").see("Saved as the profile main in").say("hello").see("<You> hello")
        alice.say("/set time short", "/save").see("saved in").say("/quit").status()
    assert file(tmp_path).stat().st_mode & 0o777 == 0o600
    with start(tmp_path) as alice:
        alice.see("Welcome to room tea!", r"\[\d\d:\d\d\] <alice> hello").say("/quit").status()
    with start(tmp_path, "127.0.0.1", str(server.port)) as alice:
        alice.see("nickname: ").say("al").see("Choose a room").say("tea")
        alice.say("more").see("<You> more").say("/quit").status()
        assert "Save" not in alice.glass.everything()


def test_who_does_not_want_to(server: Server, tmp_path: Path) -> None:
    """Is not asked again."""
    with start(tmp_path, "127.0.0.1", str(server.port), "--nick", "bob") as bob:
        bob.see("Choose a room").say("tea").see("Save the server").say("/no")
        bob.see("You will not be asked again").say("/yes").see("There is nothing to answer")
        bob.say("/quit").status()
    assert file(tmp_path).read_text() == "offer = false\n"
    with start(tmp_path, "127.0.0.1", str(server.port), "--nick", "bob") as bob:
        bob.see("Choose a room").say("tea").see("up to date|here yet").say("hi").see("<You> hi")
        assert "Save" not in bob.glass.everything()


def test_who_has_said_everything(server: Server, tmp_path: Path) -> None:
    """Flags gave all that there is to save: nothing is asked."""
    options = ["127.0.0.1", str(server.port), "--nick", "carl", "--room", "tea"]
    with start(tmp_path, *options) as carl:
        carl.see("up to date|here yet").say("hi").see("<You> hi")
        assert "Save" not in carl.glass.everything()
    assert not file(tmp_path).exists()


def test_profiles(server: Server, tmp_path: Path) -> None:
    """By name; what is wrong with the file, and a profile that is none, end the client."""
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_text(
        f'[profiles.work]\nhost = "127.0.0.1"\nport = {server.port}\nnick = "dora"\n'
        'rooms = ["one", "two"]\npassword_command = ["printf", "unused"]\n'
    )
    with start(tmp_path, "--profile", "work", "--nick", "emma") as emma:
        emma.see("Welcome to room one!", "Welcome to room two!").say("/whois emma").see("emma is")
    with start(tmp_path, "--profile", "wrok") as nobody:
        nobody.see("There is no profile wrok; known: work")
        assert nobody.status() == 1
    file(tmp_path).write_text('[profiles.work]\npassword_command = "false"\n')
    with start(tmp_path, "127.0.0.1", str(server.port), "--profile", "work") as nobody:
        nobody.see("password_command false: exit status 1")
        assert nobody.status() == 1
    file(tmp_path).write_text("[profiles.work]\nport = 0.5\n[settings]\nbell = []\n")
    with start(tmp_path) as nobody:
        nobody.see("profiles.work.port: expected a number", "settings.bell: expected text")
        assert nobody.status() == 1


def test_an_account(server: Server, tmp_path: Path) -> None:
    """The client logs in whenever it connects; a wrong password is told, and shuts nobody out."""
    owner = server.join("fritz")
    owner.send("REGISTER * * longenough").wait("900")
    owner.send("QUIT").end()
    file(tmp_path).parent.mkdir()
    password = file(tmp_path).parent / "account"
    file(tmp_path).write_text(
        f'[profiles.work]\nhost = "127.0.0.1"\nport = {server.port}\nnick = "fritz"\n'
        'rooms = ["one"]\naccount = "fritz"\naccount_password_file = "account"\n'
    )
    password.write_text("longenough\n")
    with start(tmp_path, "--profile", "work") as fritz:
        fritz.see("Welcome to room one!").say("/whois fritz").see("fritz is logged in as fritz")
    password.write_text("wrong\n")
    with start(tmp_path, "--profile", "work", "--nick", "gustav") as gustav:
        gustav.see("the account or the password is wrong", "Welcome to room one!")
    file(tmp_path).write_text('[profiles.work]\naccount = "fritz"\n')
    with start(tmp_path, "--profile", "work") as nobody:
        nobody.see("profiles.work.account: this key needs account_password_file")
        assert nobody.status() == 1
