"""The command table, one row for each command: the protocol that the server speaks."""

from chatroom.chat.commands import (
    about,
    accounts,
    bans,
    clearing,
    directory,
    history,
    messages,
    modes,
    operators,
    people,
    registration,
    rooms,
)
from chatroom.chat.dispatch import Command
from chatroom.chat.session import Session
from chatroom.chat.state.world import World
from chatroom.wire.message import Message


def help_(world: World, session: Session, message: Message) -> None:
    """HELP [<command>]"""
    about.send_help(session, COMMANDS, message.param(0))


COMMANDS = {
    row.name: row
    for row in (
        # name, handler, usage, help, minimum of parameters, cost, early, silent, targets
        Command("ADMIN", about.admin, "[<server>]", "Who runs this server", cost=2),
        Command("AUTHENTICATE", accounts.authenticate, "<mechanism or data>",
                "Log in to an account (SASL); * aborts", 1, early=True),
        Command("AWAY", messages.away, "[<text>]", "Say that you are away, or back", cost=2),
        Command("CAP", registration.cap, "<subcommand> [<capabilities>]",
                "Negotiate capabilities: LS, LIST, REQ, END", 1, early=True),
        Command("CHATHISTORY", history.chathistory,
                "<subcommand> <room> <reference> [<reference>] <limit>",
                "Read the history: LATEST, BEFORE, AFTER, AROUND, BETWEEN, TARGETS", 0, 2),
        Command("ERROR", registration.error, "<text>", "For servers only", early=True),
        Command("HELP", help_, "[<command>]", "List the commands, or explain one", cost=2),
        Command("INFO", about.info, "[<server>]", "About this server", cost=2),
        Command("INVITE", rooms.invite, "<nickname> <room>", "Invite someone to a room", 2, 2),
        Command("ISON", people.ison, "<nickname>{ <nickname>}", "Which of these are online", 1, 2),
        Command("JOIN", rooms.join, "<room>{,<room>} [<key>{,<key>}]",
                "Enter rooms; JOIN 0 leaves all", 1, 2, targets=0, acts=True),
        Command("KICK", rooms.kick, "<room>{,<room>} <nickname>{,<nickname>} [<reason>]",
                "Remove people from a room (operators)", 2, 2, targets=1, acts=True),
        Command("LINKS", about.links, "", "The servers of this network", cost=2),
        Command("LIST", directory.list_, "[<room>{,<room>}] [<condition>{,<condition>}]",
                "Rooms with their counts and topics; >3, <9, C>60, T<60, *mask*, !*mask*", cost=4,
                targets=0),
        Command("LUSERS", about.lusers, "", "How many people are online", cost=2),
        Command("MODE", modes.mode, "<room or nickname> [<changes> [<parameters>]]",
                "See or change the modes of a room, or your own", 1),
        Command("MOTD", about.motd, "[<server>]", "The message of the day", cost=2),
        Command("NAMES", rooms.names, "[<room>{,<room>}]", "Who is in a room", cost=2, targets=0),
        Command("NICK", registration.nick, "<nickname>", "Choose a nickname", 0, 2, early=True),
        Command("NOTICE", messages.privmsg, "<target>{,<target>} <text>",
                "Send a message that programs do not answer", silent=True, targets=0, acts=True,
                long=True),
        Command("OPER", operators.oper, "[<name> [<password>]]",
                "Become an operator of the server, by your account or by a password", 0, 4),
        Command("PART", rooms.part, "<room>{,<room>} [<reason>]", "Leave rooms", 1, 2,
                targets=0, acts=True, lenient=True),
        Command("PASS", registration.pass_, "<password>", "The server's password", 1, early=True),
        Command("PING", registration.ping, "<token>", "Check the connection", 0, early=True),
        Command("PONG", registration.pong, "<token>", "Answer a PING", early=True, silent=True),
        Command("PRIVMSG", messages.privmsg, "<target>{,<target>} <text>",
                "Send a message to rooms and people", targets=0, acts=True, long=True),
        Command("QUIT", registration.quit_, "[<reason>]", "Leave the server", early=True,
                lenient=True),
        Command("REDACT", history.redact, "<room> <msgid> [<reason>]",
                "Delete a message of yours; operators: anyone's", 2, 2),
        Command("REDACTALL", clearing.redactall, "<room> <nickname> [<reason>]",
                "Delete all that somebody said in a room (half-operators)", 2, 4, acts=True),
        Command("REGISTER", accounts.register, "<account> <e-mail address or *> <password>",
                "Register an account; * is one with your nickname as its name", 3, 4, early=True),
        Command("SEARCH", history.search, "<attributes>",
                "Search the history: text=, from=, in=, after=, before=, limit=", 1, 4),
        Command("STATS", about.stats, "u [<server>]", "How long the server has been up", 1, 2),
        Command("TAGMSG", messages.tagmsg, "<target>{,<target>}",
                "Send tags without text (message-tags)", 1, targets=0, acts=True),
        Command("TBAN", bans.tban, "<room> <time> <nickname or mask> [<reason>]",
                "Ban for 2h, 1d12h, ...; 0: for ever; -: lift; m: in front mutes", 3, 2),
        Command("TIME", about.time, "[<server>]", "The server's time", cost=2),
        Command("TOPIC", rooms.topic, "<room> [<topic>]", "See or set a room's topic", 1, 2),
        Command("USER", registration.user, "<username> 0 * <realname>",
                "Give your user name and real name, once", 4, early=True, lenient=True),
        Command("USERHOST", people.userhost, "<nickname>{ <nickname>}",
                "The addresses of at most five people", 1, 2),
        Command("VERIFY", accounts.verify, "<account> <code>",
                "For registrations that wait for a code, which none does here", 2, 2, early=True),
        Command("VERSION", about.version, "[<server>]", "The server's version and tokens", cost=2),
        Command("WHO", people.who, "<room or mask> [%<fields>[,<token>]]",
                "Who is in a room, or matches a mask; %na asks for names and accounts", 0, 4),
        Command("WHOIS", people.whois, "[<server or nickname>] <nickname>{,<nickname>}",
                "Show details about someone", 0, 2, targets=-1),
        Command("WHOWAS", people.whowas, "<nickname> [<count>]", "Who had a nickname", 0, 2),
    )
}  # fmt: skip
