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
    text, the parameters say everything.
    """

    code: str
    kind: Kind = REFUSAL
    text: str = ""
    source: str = MODERN_IRC


# Welcome
RPL_WELCOME = Numeric("001", WELCOME, "Welcome to {}, {}")  # nick!user@host at the end
RPL_YOURHOST = Numeric("002", WELCOME, "Your host is {}, running {}")
RPL_CREATED = Numeric("003", WELCOME, "This server was started {}")
RPL_MYINFO = Numeric("004", WELCOME)
RPL_ISUPPORT = Numeric("005", WELCOME, "are supported by this server")

# People, rooms and the server
RPL_STATSKLINE = Numeric("216", ITEM, "{}", RFC_2812)
RPL_STATSDLINE = Numeric("225", ITEM, "{}", CHARYBDIS)
RPL_STATSOLINE = Numeric("243", ITEM, "{}", RFC_2812)
RPL_STATSUPTIME = Numeric("242", REPLY, "Server Up {} days {:02}:{:02}:{:02}")
RPL_ENDOFSTATS = Numeric("219", FRAME, "End of /STATS report")
RPL_UMODEIS = Numeric("221", REPLY)
RPL_LUSERCLIENT = Numeric("251", REPLY, "There are {} users and {} invisible on 1 servers")
RPL_LUSEROP = Numeric("252", REPLY, "operator(s) online")
RPL_LUSERUNKNOWN = Numeric("253", REPLY, "unknown connection(s)")
RPL_LUSERCHANNELS = Numeric("254", REPLY, "channels formed")
RPL_LUSERME = Numeric("255", REPLY, "I have {} clients and 0 servers")
RPL_ADMINME = Numeric("256", ITEM, "Administrative info")
RPL_ADMINLOC1 = Numeric("257", ITEM, "{}")
RPL_ADMINLOC2 = Numeric("258", ITEM, "{}")
RPL_ADMINEMAIL = Numeric("259", ITEM, "{}")
RPL_LOCALUSERS = Numeric("265", REPLY, "Current local users {}, max {}")
RPL_GLOBALUSERS = Numeric("266", REPLY, "Current global users {}, max {}")
RPL_WHOISCERTFP = Numeric("276", ITEM, "has client certificate fingerprint {}")
RPL_AWAY = Numeric("301", REPLY, "{}")
RPL_USERHOST = Numeric("302", REPLY, "{}")
RPL_ISON = Numeric("303", REPLY, "{}", RFC_1459)
RPL_UNAWAY = Numeric("305", REPLY, "You are no longer marked as being away")
RPL_NOWAWAY = Numeric("306", REPLY, "You have been marked as being away")
RPL_WHOISUSER = Numeric("311", ITEM, "{}")
RPL_WHOISSERVER = Numeric("312", ITEM, "{}")
RPL_WHOISOPERATOR = Numeric("313", ITEM, "is an operator of this server")
RPL_WHOWASUSER = Numeric("314", ITEM, "{}")
RPL_ENDOFWHO = Numeric("315", FRAME, "End of WHO list")
RPL_WHOISIDLE = Numeric("317", ITEM, "seconds idle, signon time")
RPL_ENDOFWHOIS = Numeric("318", FRAME, "End of /WHOIS list")
RPL_WHOISCHANNELS = Numeric("319", ITEM, "{}")
RPL_LISTSTART = Numeric("321", FRAME, "Users  Name")
RPL_LIST = Numeric("322", ITEM, "{}")
RPL_LISTEND = Numeric("323", FRAME, "End of /LIST")
RPL_WHOISBOT = Numeric("335", ITEM, "is a bot", BOT_MODE)
RPL_CHANNELMODEIS = Numeric("324", REPLY)
RPL_CREATIONTIME = Numeric("329", REPLY)
RPL_WHOISACCOUNT = Numeric("330", ITEM, "is logged in as")
RPL_NOTOPIC = Numeric("331", REPLY, "No topic is set")
RPL_TOPIC = Numeric("332", REPLY, "{}")
RPL_TOPICWHOTIME = Numeric("333", REPLY)
RPL_INVITELIST = Numeric("336", ITEM)
RPL_ENDOFINVITELIST = Numeric("337", FRAME, "End of /INVITE list")
RPL_INVITING = Numeric("341", REPLY)
RPL_INVEXLIST = Numeric("346", ITEM)
RPL_ENDOFINVEXLIST = Numeric("347", FRAME, "End of channel invite exception list")
RPL_EXCEPTLIST = Numeric("348", ITEM)
RPL_ENDOFEXCEPTLIST = Numeric("349", FRAME, "End of channel exception list")
RPL_VERSION = Numeric("351", REPLY, "{}")
RPL_WHOREPLY = Numeric("352", ITEM, "0 {}")
RPL_NAMREPLY = Numeric("353", ITEM, "{}")
RPL_WHOSPCRPL = Numeric("354", ITEM, "{}", WHOX)
RPL_LINKS = Numeric("364", ITEM, "0 {}")
RPL_ENDOFLINKS = Numeric("365", FRAME, "End of /LINKS list")
RPL_ENDOFNAMES = Numeric("366", FRAME, "End of /NAMES list")
RPL_BANLIST = Numeric("367", ITEM)
RPL_ENDOFBANLIST = Numeric("368", FRAME, "End of channel ban list")
RPL_ENDOFWHOWAS = Numeric("369", FRAME, "End of WHOWAS")
RPL_INFO = Numeric("371", ITEM, "{}")
RPL_MOTD = Numeric("372", ITEM, "- {}")
RPL_ENDOFINFO = Numeric("374", FRAME, "End of INFO list")
RPL_MOTDSTART = Numeric("375", FRAME, "- {} Message of the day - ")
RPL_ENDOFMOTD = Numeric("376", FRAME, "End of /MOTD command")
RPL_YOUREOPER = Numeric("381", REPLY, "You are an operator of this server now, class {}")
RPL_REHASHING = Numeric("382", REPLY, "Rehashing", RFC_2812)
RPL_TIME = Numeric("391", REPLY, "{}")
RPL_WHOISSECURE = Numeric("671", ITEM, "is using a secure connection")
RPL_HELPSTART = Numeric("704", ITEM, "{}")
RPL_HELPTXT = Numeric("705", ITEM, "{}")
RPL_ENDOFHELP = Numeric("706", FRAME, "{}")
RPL_KNOCK = Numeric("710", ITEM, "has asked to be let in{}", CHARYBDIS)
RPL_KNOCKDLVR = Numeric("711", REPLY, "Your knock has been delivered", CHARYBDIS)
RPL_MONONLINE = Numeric("730", ITEM, "{}", MONITOR)
RPL_MONOFFLINE = Numeric("731", ITEM, "{}", MONITOR)
RPL_MONLIST = Numeric("732", ITEM, "{}", MONITOR)
RPL_ENDOFMONLIST = Numeric("733", FRAME, "End of MONITOR list", MONITOR)
RPL_WHOISKEYVALUE = Numeric("760", ITEM, "{}", METADATA)
RPL_KEYVALUE = Numeric("761", ITEM, "{}", METADATA)
RPL_KEYNOTSET = Numeric("766", ITEM, "Key not set", METADATA)
RPL_METADATASUBOK = Numeric("770", REPLY, "", METADATA)
RPL_METADATAUNSUBOK = Numeric("771", REPLY, "", METADATA)
RPL_METADATASUBS = Numeric("772", ITEM, "", METADATA)
RPL_METADATASYNCLATER = Numeric("774", REPLY, "Ask for the metadata (SYNC)", METADATA)
RPL_LOGGEDIN = Numeric("900", REPLY, "You are now logged in as {}", SASL)
RPL_LOGGEDOUT = Numeric("901", REPLY, "You are now logged out", SASL)
RPL_SASLSUCCESS = Numeric("903", REPLY, "SASL authentication successful", SASL)
RPL_SASLMECHS = Numeric("908", REPLY, "are available SASL mechanisms", SASL)

# Refusals
ERR_NOSUCHNICK = Numeric("401", REFUSAL, "No such nick or room")
ERR_NOSUCHSERVER = Numeric("402", REFUSAL, "No such server")
ERR_NOSUCHCHANNEL = Numeric("403", REFUSAL, "No such room")
ERR_CANNOTSENDTOCHAN = Numeric("404", REFUSAL, "Cannot send to this room: {}")
ERR_TOOMANYCHANNELS = Numeric("405", REFUSAL, "You have joined too many rooms")
ERR_WASNOSUCHNICK = Numeric("406", REFUSAL, "There was no such nickname")
ERR_TOOMANYTARGETS = Numeric("407", REFUSAL, "Too many targets; at most {} at once", RFC_1459)
ERR_NOORIGIN = Numeric("409", REFUSAL, "No origin specified")
ERR_INVALIDCAPCMD = Numeric("410", REFUSAL, "Invalid CAP command", CAPABILITY_NEGOTIATION)
ERR_NORECIPIENT = Numeric("411", REFUSAL, "No recipient given ({})")
ERR_NOTEXTTOSEND = Numeric("412", REFUSAL, "No text to send")
ERR_INPUTTOOLONG = Numeric("417", REFUSAL, "Input line was too long")
ERR_UNKNOWNCOMMAND = Numeric("421", REFUSAL, "Unknown command")
ERR_NOMOTD = Numeric("422", REFUSAL, "There is no message of the day")
ERR_NOADMININFO = Numeric("423", REFUSAL, "No administrative info available", RFC_1459)
ERR_NONICKNAMEGIVEN = Numeric("431", REFUSAL, "No nickname given")
ERR_ERRONEUSNICKNAME = Numeric("432", REFUSAL, "Erroneous nickname: {}")
ERR_NICKNAMEINUSE = Numeric("433", REFUSAL, "{}")
ERR_USERNOTINCHANNEL = Numeric("441", REFUSAL, "They are not in that room")
ERR_NOTONCHANNEL = Numeric("442", REFUSAL, "You are not in that room")
ERR_USERONCHANNEL = Numeric("443", REFUSAL, "is already in that room")
ERR_NOTREGISTERED = Numeric("451", REFUSAL, "You have not registered")
ERR_NEEDMOREPARAMS = Numeric("461", REFUSAL, "Not enough parameters")
ERR_ALREADYREGISTERED = Numeric("462", REFUSAL, "You are already registered")
ERR_PASSWDMISMATCH = Numeric("464", REFUSAL, "{}")
ERR_YOUREBANNEDCREEP = Numeric("465", REFUSAL, "{}")
ERR_LINKCHANNEL = Numeric("470", REFUSAL, "{}", CHANNEL_RENAMING)
ERR_CHANNELISFULL = Numeric("471", REFUSAL, "Cannot join room (+l): it is full")
ERR_UNKNOWNMODE = Numeric("472", REFUSAL, "is an unknown mode to me")
ERR_INVITEONLYCHAN = Numeric("473", REFUSAL, "Cannot join room (+i): by invitation only")
ERR_BANNEDFROMCHAN = Numeric("474", REFUSAL, "Cannot join room (+b): you are banned{}")
ERR_BADCHANNELKEY = Numeric("475", REFUSAL, "Cannot join room (+k): wrong key")
ERR_BADCHANMASK = Numeric("476", REFUSAL, "Bad room name: {}")
ERR_NEEDREGGEDNICK = Numeric("477", REFUSAL, "{}", ACCOUNT_MODES)
ERR_BANLISTFULL = Numeric("478", REFUSAL, "The list is full", RFC_2812)
ERR_NOPRIVILEGES = Numeric("481", REFUSAL, "{}")
ERR_CHANOPRIVSNEEDED = Numeric("482", REFUSAL, "{}")
ERR_SECUREONLYCHAN = Numeric("489", REFUSAL, "Cannot join room (+z): only over TLS", INSPIRCD)
ERR_ALLMUSTSSL = Numeric("490", REFUSAL, "Not all members are here over TLS", INSPIRCD)
ERR_NOOPERHOST = Numeric("491", REFUSAL, "{}")
ERR_UMODEUNKNOWNFLAG = Numeric("501", REFUSAL, "Unknown mode")
ERR_USERSDONTMATCH = Numeric("502", REFUSAL, "Cannot change or see the modes of others")
ERR_HELPNOTFOUND = Numeric("524", REFUSAL, "There is no help on that")
ERR_INVALIDMODEPARAM = Numeric("696", REFUSAL, "{}")
ERR_TOOMANYKNOCK = Numeric("712", REFUSAL, "Too many knocks: {} just now", CHARYBDIS)
ERR_CHANOPEN = Numeric("713", REFUSAL, "The room is open: you can enter it", CHARYBDIS)
ERR_KNOCKONCHAN = Numeric("714", REFUSAL, "You are already in that room", CHARYBDIS)
ERR_MONLISTFULL = Numeric("734", REFUSAL, "Monitor list is full", MONITOR)
ERR_NICKLOCKED = Numeric("902", REFUSAL, "{}", SASL)
ERR_SASLFAIL = Numeric("904", REFUSAL, "SASL authentication failed: {}", SASL)
ERR_SASLTOOLONG = Numeric("905", REFUSAL, "SASL message too long", SASL)
ERR_SASLABORTED = Numeric("906", REFUSAL, "SASL authentication aborted", SASL)
ERR_SASLALREADY = Numeric("907", REFUSAL, "You have already authenticated using SASL", SASL)

NUMERICS: dict[str, Numeric] = {
    name: row for name, row in list(globals().items()) if isinstance(row, Numeric)
}
"""The table by name: `ERR_NOSUCHNICK` and so on."""

WITH_TEXT = frozenset(row.code for row in NUMERICS.values() if row.text)
"""The codes of the replies whose last parameter is text."""
