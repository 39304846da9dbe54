"""The characters of the usual reactions, by the names that Slack and Mattermost have for them."""

_CHARACTERS = {
    "+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "heart": "❤️", "joy": "😂",
    "smile": "😄", "smiley": "😃", "grinning": "😀", "laughing": "😆",
    "slightly_smiling_face": "🙂",
    "simple_smile": "🙂", "wink": "😉", "heart_eyes": "😍", "thinking_face": "🤔", "thinking": "🤔",
    "cry": "😢", "sob": "😭", "open_mouth": "😮", "astonished": "😲", "scream": "😱", "rage": "😡",
    "sweat_smile": "😅", "sunglasses": "😎", "facepalm": "🤦", "face_palm": "🤦", "shrug": "🤷",
    "tada": "🎉", "clap": "👏", "pray": "🙏", "raised_hands": "🙌", "wave": "👋", "ok_hand": "👌",
    "muscle": "💪", "point_up": "☝️", "fire": "🔥", "rocket": "🚀", "eyes": "👀", "100": "💯",
    "white_check_mark": "✅", "heavy_check_mark": "✔️", "x": "❌", "heavy_plus_sign": "➕",
    "question": "❓", "exclamation": "❗", "warning": "⚠️", "bulb": "💡", "star": "⭐",
    "coffee": "☕",
    "beers": "🍻", "beer": "🍺", "cake": "🍰", "birthday": "🎂", "party_popper": "🎉", "bug": "🐛",
    "zap": "⚡", "sparkles": "✨", "robot_face": "🤖", "skull": "💀", "poop": "💩", "hankey": "💩",
}  # fmt: skip


def emoji(name: str) -> str:
    """The character of that name; the name between colons if it is another one, or the
    workspace's own."""
    plain = name.partition("::")[0]  # without the tone of the skin
    return _CHARACTERS.get(plain, f":{plain[:100]}:")
