"""The sentence for each numeric that people read in words of ours, at the plain door and in the
terminal client.

A row of `wire.numerics` without a sentence is shown with its parameters, or by code that collects
an answer of several lines. There are also rows for numerics that only other servers send.
"""

GREETING = "Welcome to {}."
"""The first words of the server to a caller who has said nothing for a moment. A client whose TLS
handshake came too late recognises them."""

REPLIES = {
    "216": "{2} is banned by {3}{text}",
    "225": "{2} is banned by {3}{text}",
    "221": "Your modes: {1}",
    "243": "{4} ({2}) is an operator as {text}.",
    "276": "{1} {text}",
    "301": "{1} is away: {text}",
    "305": "You are no longer marked as away.",
    "306": "You are marked as away.",
    "307": "{1} {text}",
    "311": "{1} is {2}@{3}, real name: {text}",
    "312": "{1} is connected to {2} ({text})",
    "313": "{1} {text}",
    "314": "{1} was {2}@{3}, real name: {text}",
    "324": "Modes of {1}: {2} {3} {4}",
    "330": "{1} is logged in as {2}",
    "335": "{1} is a bot.",
    "338": "{1} really is at {2} {3}",
    "341": "You invited {1} to {2}.",
    "346": "Invited into {1}: {2}",
    "348": "Exempt from the bans of {1}: {2}",
    "347": "The list of people who may enter {1} without an invitation is empty.",
    "349": "Nobody is exempt from the bans of {1}.",
    "351": "The server runs {1}: {text}",
    "368": "Nobody is banned or muted in {1}.",
    "372": "{text}",
    "381": "{text}.",
    "382": "The configuration is being read again.",
    "391": "The time at {1}: {text}",
    "671": "{1} {text}",
    "730": "Online: {1}",
    "731": "Not online: {1}",
    "732": "Watched: {1}",
    "760": "{2} of {1}: {text}",
    "761": "{2} of {1}: {text}",
    "766": "{1} has no {2}.",
    "900": "You are logged in as {2}.",
    "901": "You are logged out.",
    "908": "You can log in by: {1}",
}
"""A numeric's code -> its sentence; `{1}` is its second parameter and so on, `{text}` its last."""

REFUSALS = {
    "401": "There is nobody called {1} here.",
    "402": "There is no server {1}.",
    "403": "There is no room {1}.",
    "404": "You cannot speak in {1}: you are not a member, have no voice, or are banned.",
    "405": "You are in too many rooms; leave one before you join {1}.",
    "406": "Nobody was called {1} recently.",
    "407": "{text}.",
    "409": "PING needs a text for the server to send back.",
    "410": "The server does not know CAP {1}.",
    "411": "Name the person or the room that the message is for.",
    "412": "There is nothing to send.",
    "417": "{text}.",
    "421": "The server does not know the command {1}.",
    "423": "The server has no information about its administrators.",
    "431": "Type a nickname.",
    "432": "You cannot use that nickname: {text}.",
    "433": "The nickname {1} is already in use.",
    "441": "{1} is not in {2}.",
    "442": "You are not in {1}.",
    "443": "{1} is already in {2}.",
    "451": "Choose a nickname first.",
    "461": "{1} needs more parameters.",
    "462": "That can only be sent at the start of a connection.",
    "464": "The password is wrong.",
    "465": "{text}.",
    "470": "{1} is called {2} now.",
    "471": "You cannot join {1}: it is full.",
    "472": "There is no mode {1}.",
    "473": "You cannot join {1}: it is by invitation only.",
    "474": "You cannot join {1}: you are banned.",
    "475": "You cannot join {1}: the key is missing or wrong.",
    "476": "You cannot use that name for a room: {text}.",
    "477": "You cannot join {1}: only people who are logged in to an account may (mode R).",
    "478": "The list +{2} of {1} is full; remove an entry first.",
    "481": "{text}.",
    "482": "Only an operator of {1} can do that.",
    "489": "You cannot join {1}: only people who come over TLS may (mode z).",
    "490": "Mode z of {1} was not set: some people are in it without TLS.",
    "491": "{text}.",
    "501": "There is no such mode.",
    "502": "You can only see and change your own modes.",
    "524": "There is no help on {1}.",
    "525": "You cannot use that key: {text}.",
    "734": "You watch {1} nicknames already; {2} was left out.",
    "902": "{text}.",
    "904": "{text}.",
    "905": "{text}.",
    "906": "The login was cancelled.",
    "907": "You are logged in already.",
    "696": "Mode {2} of {1} was not changed: {text}.",
}
"""The same for refusals.

Invalid names are not repeated, because the reply contains them changed: `a b` as a_b.
"""
