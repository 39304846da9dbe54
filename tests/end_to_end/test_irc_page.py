"""docs/irc.md: its tables are what the server has, and says of itself."""

import irc_page
import page_tables
from chatroom.chat.commands.table import COMMANDS
from harness import Server


def test_its_tables(server: Server) -> None:
    """`make man` writes them; whoever adds a command or a capability need do no more."""
    page = irc_page.PAGE.read_text()
    assert irc_page.written(page, irc_page.ask(server.port)) == page, "out of date: make man"


def test_that_all_tables_are_on_the_page() -> None:
    """Each between its marks."""
    assert page_tables.names_in(irc_page.PAGE.read_text()) == irc_page._TABLES.keys()


def test_that_rows_of_words_have_something_to_describe(server: Server) -> None:
    """Of tokens; a word that is left over was for a token that is gone."""
    said = irc_page.ask(server.port)
    assert irc_page._TOKENS.keys() == {**said.tokens, **irc_page._configured(said)}.keys()


def test_sources() -> None:
    """Each command that Modern IRC does not have (Modern IRC, "Command Messages") has another."""
    theirs = (
        "ADMIN AWAY ERROR HELP INFO INVITE JOIN KICK KILL LINKS LIST LUSERS MODE MOTD NAMES NICK"
        " NOTICE OPER PART PASS PING PONG PRIVMSG QUIT REHASH STATS TIME TOPIC USER USERHOST"
        " VERSION WALLOPS WHO WHOIS WHOWAS"
    )
    assert COMMANDS.keys() - theirs.split() <= irc_page._SOURCES.keys()
