"""The numeric replies of the server, with the names of the specifications (Modern IRC, "Numerics").

`text` is the last parameter; `{}` in it is replaced by `fill` of `Session.reply`.
"""

from typing import NamedTuple


class Numeric(NamedTuple):
    """A reply's three digits and its text. Without a text, the parameters say everything."""

    code: str
    text: str = ""


# Welcome
RPL_WELCOME = Numeric("001", "Welcome to {}, {}")  # nick!user@host at the end
RPL_YOURHOST = Numeric("002", "Your host is {}, running {}")
RPL_CREATED = Numeric("003", "This server was started {}")
RPL_MYINFO = Numeric("004")
RPL_ISUPPORT = Numeric("005", "are supported by this server")

# People, rooms and the server
RPL_STATSUPTIME = Numeric("242", "Server Up {} days {:02}:{:02}:{:02}")
RPL_ENDOFSTATS = Numeric("219", "End of /STATS report")
RPL_UMODEIS = Numeric("221")
RPL_LUSERCLIENT = Numeric("251", "There are {} users and {} invisible on 1 servers")
RPL_LUSEROP = Numeric("252", "operator(s) online")
RPL_LUSERUNKNOWN = Numeric("253", "unknown connection(s)")
RPL_LUSERCHANNELS = Numeric("254", "channels formed")
RPL_LUSERME = Numeric("255", "I have {} clients and 0 servers")
RPL_ADMINME = Numeric("256", "Administrative info")
RPL_ADMINLOC1 = Numeric("257", "{}")
RPL_ADMINLOC2 = Numeric("258", "{}")
RPL_ADMINEMAIL = Numeric("259", "{}")
RPL_LOCALUSERS = Numeric("265", "Current local users {}, max {}")
RPL_GLOBALUSERS = Numeric("266", "Current global users {}, max {}")
RPL_AWAY = Numeric("301", "{}")
RPL_USERHOST = Numeric("302", "{}")
RPL_ISON = Numeric("303", "{}")
RPL_UNAWAY = Numeric("305", "You are no longer marked as being away")
RPL_NOWAWAY = Numeric("306", "You have been marked as being away")
RPL_WHOISUSER = Numeric("311", "{}")
RPL_WHOISSERVER = Numeric("312", "{}")
RPL_WHOWASUSER = Numeric("314", "{}")
RPL_ENDOFWHO = Numeric("315", "End of WHO list")
RPL_WHOISIDLE = Numeric("317", "seconds idle, signon time")
RPL_ENDOFWHOIS = Numeric("318", "End of /WHOIS list")
RPL_WHOISCHANNELS = Numeric("319", "{}")
RPL_LISTSTART = Numeric("321", "Users  Name")
RPL_LIST = Numeric("322", "{}")
RPL_LISTEND = Numeric("323", "End of /LIST")
RPL_WHOISBOT = Numeric("335", "is a bot")
RPL_CHANNELMODEIS = Numeric("324")
RPL_CREATIONTIME = Numeric("329")
RPL_NOTOPIC = Numeric("331", "No topic is set")
RPL_TOPIC = Numeric("332", "{}")
RPL_TOPICWHOTIME = Numeric("333")
RPL_INVITING = Numeric("341")
RPL_INVEXLIST = Numeric("346")
RPL_ENDOFINVEXLIST = Numeric("347", "End of channel invite exception list")
RPL_EXCEPTLIST = Numeric("348")
RPL_ENDOFEXCEPTLIST = Numeric("349", "End of channel exception list")
RPL_VERSION = Numeric("351", "{}")
RPL_WHOREPLY = Numeric("352", "0 {}")
RPL_NAMREPLY = Numeric("353", "{}")
RPL_LINKS = Numeric("364", "0 {}")
RPL_ENDOFLINKS = Numeric("365", "End of /LINKS list")
RPL_ENDOFNAMES = Numeric("366", "End of /NAMES list")
RPL_BANLIST = Numeric("367")
RPL_ENDOFBANLIST = Numeric("368", "End of channel ban list")
RPL_ENDOFWHOWAS = Numeric("369", "End of WHOWAS")
RPL_INFO = Numeric("371", "{}")
RPL_MOTD = Numeric("372", "- {}")
RPL_ENDOFINFO = Numeric("374", "End of INFO list")
RPL_MOTDSTART = Numeric("375", "- {} Message of the day - ")
RPL_ENDOFMOTD = Numeric("376", "End of /MOTD command")
RPL_TIME = Numeric("391", "{}")
RPL_HELPSTART = Numeric("704", "{}")
RPL_HELPTXT = Numeric("705", "{}")
RPL_ENDOFHELP = Numeric("706", "{}")

# Refusals
ERR_NOSUCHNICK = Numeric("401", "No such nick or room")
ERR_NOSUCHSERVER = Numeric("402", "No such server")
ERR_NOSUCHCHANNEL = Numeric("403", "No such room")
ERR_CANNOTSENDTOCHAN = Numeric("404", "Cannot send to this room")
ERR_TOOMANYCHANNELS = Numeric("405", "You have joined too many rooms")
ERR_WASNOSUCHNICK = Numeric("406", "There was no such nickname")
ERR_TOOMANYTARGETS = Numeric("407", "Too many targets; at most {} at once")
ERR_NOORIGIN = Numeric("409", "No origin specified")
ERR_INVALIDCAPCMD = Numeric("410", "Invalid CAP command")
ERR_NORECIPIENT = Numeric("411", "No recipient given ({})")
ERR_NOTEXTTOSEND = Numeric("412", "No text to send")
ERR_INPUTTOOLONG = Numeric("417", "Input line was too long")
ERR_UNKNOWNCOMMAND = Numeric("421", "Unknown command")
ERR_NOMOTD = Numeric("422", "There is no message of the day")
ERR_NOADMININFO = Numeric("423", "No administrative info available")
ERR_NONICKNAMEGIVEN = Numeric("431", "No nickname given")
ERR_ERRONEUSNICKNAME = Numeric("432", "Erroneous nickname: {}")
ERR_NICKNAMEINUSE = Numeric("433", "Nickname is already in use")
ERR_USERNOTINCHANNEL = Numeric("441", "They are not in that room")
ERR_NOTONCHANNEL = Numeric("442", "You are not in that room")
ERR_USERONCHANNEL = Numeric("443", "is already in that room")
ERR_NOTREGISTERED = Numeric("451", "You have not registered")
ERR_NEEDMOREPARAMS = Numeric("461", "Not enough parameters")
ERR_ALREADYREGISTERED = Numeric("462", "You are already registered")
ERR_PASSWDMISMATCH = Numeric("464", "{}")
ERR_CHANNELISFULL = Numeric("471", "Cannot join room (+l): it is full")
ERR_UNKNOWNMODE = Numeric("472", "is an unknown mode to me")
ERR_INVITEONLYCHAN = Numeric("473", "Cannot join room (+i): by invitation only")
ERR_BANNEDFROMCHAN = Numeric("474", "Cannot join room (+b): you are banned")
ERR_BADCHANNELKEY = Numeric("475", "Cannot join room (+k): wrong key")
ERR_BADCHANMASK = Numeric("476", "Bad room name: {}")
ERR_BANLISTFULL = Numeric("478", "The list is full")
ERR_CHANOPRIVSNEEDED = Numeric("482", "You are not an operator of that room")
ERR_UMODEUNKNOWNFLAG = Numeric("501", "Unknown mode")
ERR_USERSDONTMATCH = Numeric("502", "Cannot change or see the modes of others")
ERR_HELPNOTFOUND = Numeric("524", "There is no help on that")
ERR_INVALIDMODEPARAM = Numeric("696", "{}")

WITH_TEXT = frozenset(
    row.code for row in list(globals().values()) if isinstance(row, Numeric) and row.text
)
"""The codes of the replies whose last parameter is text."""
