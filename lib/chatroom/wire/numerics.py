"""The numeric replies of the server: one row for each, with the names of the specifications.

A row has the text that is sent and its purpose (`Kind`). The sentence that people read instead is
in the table `chatroom.text.sentences`, because the wire has no words for people, and because our
client also meets numerics of other servers.
"""

from enum import Enum
from typing import NamedTuple


class Kind(Enum):
    """The purpose of a numeric."""

    WELCOME = "welcome"  # introduces the server to a program that has just registered
    REPLY = "reply"  # is the answer to a command
    ITEM = "item"  # is one line of an answer that may have several
    FRAME = "frame"  # begins or ends such an answer, and says nothing by itself
    REFUSAL = "refusal"  # says why a command was not carried out


WELCOME, REPLY, ITEM, FRAME, REFUSAL = Kind

MODERN_IRC = "Modern IRC, Numerics"
RFC_1459 = "RFC 1459, 6"
RFC_2812 = "RFC 2812, 5.2"
INSPIRCD = "InspIRCd, sslmodes"
ACCOUNT_MODES = "InspIRCd, services_account"
CHANNEL_RENAMING = "IRCv3 channel-rename"
BOT_MODE = "IRCv3 bot-mode"
CHARYBDIS = "Charybdis, numeric.h"
METADATA = "IRCv3 metadata"
MONITOR = "IRCv3 monitor"
SASL = "IRCv3 sasl-3.1"
WHOX = "IRCv3 whox"
CAPABILITY_NEGOTIATION = "IRCv3 capability-negotiation"


class Numeric(NamedTuple):
    """A row: the three digits, the kind, the text, and the specification that defines it.

    `text` is the last parameter; `{}` in it is replaced by `fill` of `Session.reply`. Without a
    text, the parameters say everything. `params` names those between the client's nickname and the
    text; `[word]` may be missing, and of `word...` there may be several.
    """

    code: str
    kind: Kind = REFUSAL
    text: str = ""
    source: str = MODERN_IRC
    params: str = ""


# Welcome
RPL_WELCOME = Numeric("001", WELCOME, "Welcome to {}, {}")  # nick!user@host at the end
RPL_YOURHOST = Numeric("002", WELCOME, "Your host is {}, running {}")
RPL_CREATED = Numeric("003", WELCOME, "This server was started {}")
RPL_MYINFO = Numeric("004", WELCOME, params="server version user-modes room-modes with-parameter")
RPL_ISUPPORT = Numeric("005", WELCOME, "are supported by this server", params="token...")

# People, rooms and the server
RPL_VISIBLEHOST = Numeric("396", REPLY, "is your visible host now", CHARYBDIS, params="host")
RPL_WHOISACTUALLY = Numeric("338", ITEM, "is actually using host", params="nick host")
RPL_MAP = Numeric("015", ITEM, "{} ({} users)", CHARYBDIS)
RPL_MAPEND = Numeric("017", FRAME, "End of /MAP", CHARYBDIS)
RPL_STATSLINKINFO = Numeric("211", ITEM, "", RFC_2812, params="who queued * * * * open")
RPL_STATSCOMMANDS = Numeric("212", ITEM, "", RFC_2812, params="command count")
RPL_STATSKLINE = Numeric("216", ITEM, "{}", RFC_2812, params="letter mask setter since")
RPL_STATSDLINE = Numeric("225", ITEM, "{}", CHARYBDIS, params="letter address setter since")
RPL_STATSOLINE = Numeric("243", ITEM, "{}", RFC_2812, params="letter host * nick")
RPL_STATSUPTIME = Numeric("242", REPLY, "Server Up {} days {:02}:{:02}:{:02}")
RPL_ENDOFSTATS = Numeric("219", FRAME, "End of /STATS report", params="letter")
RPL_UMODEIS = Numeric("221", REPLY, params="modes")
RPL_LUSERCLIENT = Numeric("251", REPLY, "There are {} users and {} invisible on 1 servers")
RPL_LUSEROP = Numeric("252", REPLY, "operator(s) online", params="count")
RPL_LUSERUNKNOWN = Numeric("253", REPLY, "unknown connection(s)", params="count")
RPL_LUSERCHANNELS = Numeric("254", REPLY, "channels formed", params="count")
RPL_LUSERME = Numeric("255", REPLY, "I have {} clients and 0 servers")
RPL_ADMINME = Numeric("256", ITEM, "Administrative info", params="server")
RPL_ADMINLOC1 = Numeric("257", ITEM, "{}")
RPL_ADMINLOC2 = Numeric("258", ITEM, "{}")
RPL_ADMINEMAIL = Numeric("259", ITEM, "{}")
RPL_LOCALUSERS = Numeric("265", REPLY, "Current local users {}, max {}", params="count most")
RPL_GLOBALUSERS = Numeric("266", REPLY, "Current global users {}, max {}", params="count most")
RPL_WHOISCERTFP = Numeric("276", ITEM, "has client certificate fingerprint {}", params="nick")
RPL_AWAY = Numeric("301", REPLY, "{}", params="nick")
RPL_USERHOST = Numeric("302", REPLY, "{}")
RPL_ISON = Numeric("303", REPLY, "{}", RFC_1459)
RPL_UNAWAY = Numeric("305", REPLY, "You are no longer marked as being away")
RPL_NOWAWAY = Numeric("306", REPLY, "You have been marked as being away")
RPL_WHOISUSER = Numeric("311", ITEM, "{}", params="nick user host *")
RPL_WHOISSERVER = Numeric("312", ITEM, "{}", params="nick server")
RPL_WHOISOPERATOR = Numeric("313", ITEM, "is an operator of this server", params="nick")
RPL_WHOWASUSER = Numeric("314", ITEM, "{}", params="nick user host *")
RPL_ENDOFWHO = Numeric("315", FRAME, "End of WHO list", params="mask")
RPL_WHOISIDLE = Numeric("317", ITEM, "seconds idle, signon time", params="nick idle since")
RPL_ENDOFWHOIS = Numeric("318", FRAME, "End of /WHOIS list", params="nicks")
RPL_WHOISCHANNELS = Numeric("319", ITEM, "{}", params="nick")
RPL_LISTSTART = Numeric("321", FRAME, "Users  Name", params="Channel")
RPL_LIST = Numeric("322", ITEM, "{}", params="room count")
RPL_LISTEND = Numeric("323", FRAME, "End of /LIST")
RPL_WHOISBOT = Numeric("335", ITEM, "is a bot", BOT_MODE, params="nick")
RPL_CHANNELMODEIS = Numeric("324", REPLY, params="room modes [parameter...]")
RPL_CREATIONTIME = Numeric("329", REPLY, params="room since")
RPL_WHOISACCOUNT = Numeric("330", ITEM, "is logged in as", params="nick account")
RPL_NOTOPIC = Numeric("331", REPLY, "No topic is set", params="room")
RPL_TOPIC = Numeric("332", REPLY, "{}", params="room")
RPL_TOPICWHOTIME = Numeric("333", REPLY, params="room nick since")
RPL_INVITELIST = Numeric("336", ITEM, params="room")
RPL_ENDOFINVITELIST = Numeric("337", FRAME, "End of /INVITE list")
RPL_INVITING = Numeric("341", REPLY, params="nick room")
RPL_INVEXLIST = Numeric("346", ITEM, params="room mask setter since [words]")
RPL_ENDOFINVEXLIST = Numeric("347", FRAME, "End of channel invite exception list", params="room")
RPL_EXCEPTLIST = Numeric("348", ITEM, params="room mask setter since [words]")
RPL_ENDOFEXCEPTLIST = Numeric("349", FRAME, "End of channel exception list", params="room")
RPL_VERSION = Numeric("351", REPLY, "{}", params="version server")
RPL_WHOREPLY = Numeric("352", ITEM, "0 {}", params="room user host server nick flags")
RPL_NAMREPLY = Numeric("353", ITEM, "{}", params="symbol room")
RPL_WHOSPCRPL = Numeric("354", ITEM, "{}", WHOX, params="[field...]")
RPL_LINKS = Numeric("364", ITEM, "0 {}", params="server server")
RPL_ENDOFLINKS = Numeric("365", FRAME, "End of /LINKS list", params="mask")
RPL_ENDOFNAMES = Numeric("366", FRAME, "End of /NAMES list", params="room")
RPL_BANLIST = Numeric("367", ITEM, params="room mask setter since [words]")
RPL_ENDOFBANLIST = Numeric("368", FRAME, "End of channel ban list", params="room")
RPL_ENDOFWHOWAS = Numeric("369", FRAME, "End of WHOWAS", params="nick")
RPL_INFO = Numeric("371", ITEM, "{}")
RPL_MOTD = Numeric("372", ITEM, "- {}")
RPL_ENDOFINFO = Numeric("374", FRAME, "End of INFO list")
RPL_MOTDSTART = Numeric("375", FRAME, "- {} Message of the day - ")
RPL_ENDOFMOTD = Numeric("376", FRAME, "End of /MOTD command")
RPL_YOUREOPER = Numeric("381", REPLY, "You are an operator of this server now, class {}")
RPL_REHASHING = Numeric("382", REPLY, "Rehashing", RFC_2812, params="file")
RPL_TIME = Numeric("391", REPLY, "{}", params="server time")
RPL_WHOISSECURE = Numeric("671", ITEM, "is using a secure connection", params="nick")
RPL_HELPSTART = Numeric("704", ITEM, "{}", params="subject")
RPL_HELPTXT = Numeric("705", ITEM, "{}", params="subject")
RPL_ENDOFHELP = Numeric("706", FRAME, "{}", params="subject")
RPL_KNOCK = Numeric("710", ITEM, "has asked to be let in{}", CHARYBDIS, params="room source")
RPL_KNOCKDLVR = Numeric("711", REPLY, "Your knock has been delivered", CHARYBDIS, params="room")
RPL_MONONLINE = Numeric("730", ITEM, "{}", MONITOR)
RPL_MONOFFLINE = Numeric("731", ITEM, "{}", MONITOR)
RPL_MONLIST = Numeric("732", ITEM, "{}", MONITOR)
RPL_ENDOFMONLIST = Numeric("733", FRAME, "End of MONITOR list", MONITOR)
RPL_WHOISKEYVALUE = Numeric("760", ITEM, "{}", METADATA, params="target key visibility")
RPL_KEYVALUE = Numeric("761", ITEM, "{}", METADATA, params="target key visibility")
RPL_KEYNOTSET = Numeric("766", ITEM, "Key not set", METADATA, params="target key")
RPL_METADATASUBOK = Numeric("770", REPLY, "", METADATA, params="[key...]")
RPL_METADATAUNSUBOK = Numeric("771", REPLY, "", METADATA, params="[key...]")
RPL_METADATASUBS = Numeric("772", ITEM, "", METADATA, params="[key...]")
RPL_METADATASYNCLATER = Numeric(
    "774", REPLY, "Ask for the metadata (SYNC)", METADATA, params="target seconds"
)
RPL_LOGGEDIN = Numeric("900", REPLY, "You are now logged in as {}", SASL, params="source account")
RPL_LOGGEDOUT = Numeric("901", REPLY, "You are now logged out", SASL, params="source")
RPL_SASLSUCCESS = Numeric("903", REPLY, "SASL authentication successful", SASL)
RPL_SASLMECHS = Numeric("908", REPLY, "are available SASL mechanisms", SASL, params="mechanisms")

# Refusals
ERR_NOSUCHNICK = Numeric("401", REFUSAL, "No such nick or room", params="nick")
ERR_NOSUCHSERVER = Numeric("402", REFUSAL, "No such server", params="server")
ERR_NOSUCHCHANNEL = Numeric("403", REFUSAL, "No such room", params="room")
ERR_CANNOTSENDTOCHAN = Numeric("404", REFUSAL, "Cannot send to this room: {}", params="room")
ERR_TOOMANYCHANNELS = Numeric("405", REFUSAL, "You have joined too many rooms", params="room")
ERR_WASNOSUCHNICK = Numeric("406", REFUSAL, "There was no such nickname", params="nick")
ERR_TOOMANYTARGETS = Numeric(
    "407", REFUSAL, "Too many targets; at most {} at once", RFC_1459, params="target"
)
ERR_NOORIGIN = Numeric("409", REFUSAL, "No origin specified")
ERR_INVALIDCAPCMD = Numeric(
    "410", REFUSAL, "Invalid CAP command", CAPABILITY_NEGOTIATION, params="subcommand"
)
ERR_NORECIPIENT = Numeric("411", REFUSAL, "No recipient given ({})")
ERR_NOTEXTTOSEND = Numeric("412", REFUSAL, "No text to send")
ERR_INPUTTOOLONG = Numeric("417", REFUSAL, "Input line was too long")
ERR_UNKNOWNCOMMAND = Numeric("421", REFUSAL, "Unknown command", params="command")
ERR_NOMOTD = Numeric("422", REFUSAL, "There is no message of the day")
ERR_NOADMININFO = Numeric(
    "423", REFUSAL, "No administrative info available", RFC_1459, params="server"
)
ERR_NONICKNAMEGIVEN = Numeric("431", REFUSAL, "No nickname given")
ERR_ERRONEUSNICKNAME = Numeric("432", REFUSAL, "Erroneous nickname: {}", params="nick")
ERR_NICKNAMEINUSE = Numeric("433", REFUSAL, "{}", params="nick")
ERR_USERNOTINCHANNEL = Numeric("441", REFUSAL, "They are not in that room", params="nick room")
ERR_NOTONCHANNEL = Numeric("442", REFUSAL, "You are not in that room", params="room")
ERR_USERONCHANNEL = Numeric("443", REFUSAL, "is already in that room", params="nick room")
ERR_NOTREGISTERED = Numeric("451", REFUSAL, "You have not registered")
ERR_NEEDMOREPARAMS = Numeric("461", REFUSAL, "Not enough parameters", params="command")
ERR_ALREADYREGISTERED = Numeric("462", REFUSAL, "You are already registered")
ERR_PASSWDMISMATCH = Numeric("464", REFUSAL, "{}")
ERR_YOUREBANNEDCREEP = Numeric("465", REFUSAL, "{}")
ERR_LINKCHANNEL = Numeric("470", REFUSAL, "{}", CHANNEL_RENAMING, params="room room")
ERR_CHANNELISFULL = Numeric("471", REFUSAL, "Cannot join room (+l): it is full", params="room")
ERR_UNKNOWNMODE = Numeric("472", REFUSAL, "is an unknown mode to me", params="letter")
ERR_INVITEONLYCHAN = Numeric(
    "473", REFUSAL, "Cannot join room (+i): by invitation only", params="room"
)
ERR_BANNEDFROMCHAN = Numeric(
    "474", REFUSAL, "Cannot join room (+b): you are banned{}", params="room"
)
ERR_BADCHANNELKEY = Numeric("475", REFUSAL, "Cannot join room (+k): wrong key", params="room")
ERR_BADCHANMASK = Numeric("476", REFUSAL, "Bad room name: {}", params="room")
ERR_NEEDREGGEDNICK = Numeric("477", REFUSAL, "{}", ACCOUNT_MODES, params="target")
ERR_BANLISTFULL = Numeric("478", REFUSAL, "The list is full", RFC_2812, params="room letter")
ERR_NOPRIVILEGES = Numeric("481", REFUSAL, "{}")
ERR_CHANOPRIVSNEEDED = Numeric("482", REFUSAL, "{}", params="room")
ERR_SECUREONLYCHAN = Numeric(
    "489", REFUSAL, "Cannot join room (+z): only over TLS", INSPIRCD, params="room"
)
ERR_ALLMUSTSSL = Numeric(
    "490", REFUSAL, "Not all members are here over TLS", INSPIRCD, params="room"
)
ERR_NOOPERHOST = Numeric("491", REFUSAL, "{}")
ERR_UMODEUNKNOWNFLAG = Numeric("501", REFUSAL, "Unknown mode")
ERR_USERSDONTMATCH = Numeric("502", REFUSAL, "Cannot change or see the modes of others")
ERR_HELPNOTFOUND = Numeric("524", REFUSAL, "There is no help on that", params="subject")
ERR_INVALIDMODEPARAM = Numeric("696", REFUSAL, "{}", params="target letter parameter")
ERR_TOOMANYKNOCK = Numeric("712", REFUSAL, "Too many knocks: {} just now", CHARYBDIS, params="room")
ERR_CHANOPEN = Numeric(
    "713", REFUSAL, "The room is open: you can enter it", CHARYBDIS, params="room"
)
ERR_KNOCKONCHAN = Numeric("714", REFUSAL, "You are already in that room", CHARYBDIS, params="room")
ERR_MONLISTFULL = Numeric("734", REFUSAL, "Monitor list is full", MONITOR, params="most nicks")
ERR_NICKLOCKED = Numeric("902", REFUSAL, "{}", SASL)
ERR_SASLFAIL = Numeric("904", REFUSAL, "SASL authentication failed: {}", SASL)
ERR_SASLTOOLONG = Numeric("905", REFUSAL, "SASL message too long", SASL)
ERR_SASLABORTED = Numeric("906", REFUSAL, "SASL authentication aborted", SASL)

NUMERICS: dict[str, Numeric] = {
    name: row for name, row in list(globals().items()) if isinstance(row, Numeric)
}
"""The table by name: `ERR_NOSUCHNICK` and so on."""

WITH_TEXT = frozenset(row.code for row in NUMERICS.values() if row.text)
"""The codes of the replies whose last parameter is text."""
