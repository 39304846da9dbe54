"""Names: which are valid, which are the same (RFC 8265; Modern IRC, "Clients", "Channels")."""

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chatroom.wire.names import (
    CASEMAPPINGS,
    InvalidName,
    bare,
    fold,
    fold_mask,
    folding,
    full_mask,
    nickname,
    prefixed,
    room_name,
)

LONGEST = 30

# Letters whose cases map to each other one to one, with their forms of another width.
LETTERS = "abzABZàÉñżЖдяЁαΩժԲასあ漢字"
WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
NAMES = st.text(LETTERS + "019_[]{}|^`\\", min_size=1, max_size=LONGEST)
ANY_NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
MARKED = st.text("a\u0301\u0308\u0345\u0307\u0323iİςΣσßẞﬀǅｶﾞ각ᄀ가한\u0958ϔ", min_size=1, max_size=8)


def wide(name: str) -> str:
    """The ASCII characters of the name in their full width."""
    return "".join(WIDE.get(character, character) for character in name)


@pytest.mark.parametrize(
    "name",
    [
        "alice",
        "A",
        "a-b",
        "[]{}\\|_^`",
        "0day",
        "zoë",
        "Алиса",
        "アリス",
        "愛麗絲",
        "אליס",
        "क्षमा",
        "it`s",
    ],
)
def test_nicknames_of_any_script_are_kept_as_chosen(name: str) -> None:
    """Letters of any script, digits, and RFC 2812's specials; shown as chosen."""
    assert nickname(name, LONGEST) == name


@pytest.mark.parametrize("character", [*" ,*?!@", *"#&$:%+~.'\"/();<=>", "\x1b", "\0", "\x7f"])
def test_characters_that_no_nickname_holds(character: str) -> None:
    """Modern IRC, "Clients"; also in their full width, which is mapped to these."""
    for form in (character, WIDE.get(character, character)):
        for name in (form, f"a{form}b", f"é{form}"):
            with pytest.raises(InvalidName):
                nickname(name, LONGEST)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "cannot be empty"),
        ("a b", "cannot contain a space"),
        ("a！", "cannot contain '!'"),
        ("é\u200b", r"cannot contain U\+200B"),
        ("é\u202e", r"cannot contain U\+202E"),
        ("-a", "cannot begin with '-'"),
        ("－é", "cannot begin with '-'"),
        ("\u0301", "cannot begin with a combining mark"),
        ("\u0301\u0308", "cannot begin with a combining mark"),
        ("\u0301a", "cannot begin with a combining mark"),
        ("אa", "cannot mix these characters"),
        ("a" * (LONGEST + 1), "at most 30 characters"),
        ("You", "reserved"),
        ("ｙｏｕ", "reserved"),
        ("Y\u043eu", "reserved"),  # Cyrillic o
        ("\u0423\u041eU", "reserved"),  # Cyrillic U and O
        ("\u03a5\u03bf\u03c5", "reserved"),  # Greek, all of it
        ("☺", "cannot contain '☺'"),
    ],
)
def test_a_refusal_says_why(name: str, why: str) -> None:
    """In words, for the person who chose it."""
    with pytest.raises(InvalidName, match=why):
        nickname(name, LONGEST)


def test_the_limit_counts_what_is_shown() -> None:
    """Composed characters, not what was sent."""
    assert len(nickname("e\u0301" * LONGEST, LONGEST)) == LONGEST
    with pytest.raises(InvalidName):
        nickname("\u0958" * (LONGEST // 2 + 1), LONGEST)  # decomposes into two


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Alice", "aLICE"),
        ("ＡＬＩＣＥ", "alice"),
        ("ZOË", "zoe\u0308"),
        ("Алиса", "АЛИСА"),
        ("ｱﾘｽ", "アリス"),
        ("ﾊﾟ", "パ"),
        ("ＡÉ[", "aé["),
    ],
)
def test_names_that_are_one(one: str, other: str) -> None:
    """RFC 8265 section 3.3: they differ only in case, width or composition."""
    assert fold(one) == fold(other)


def test_names_that_are_two() -> None:
    """RFC 8265 is not RFC 1459: brackets have no case. Scripts are not mixed up either."""
    assert fold("a[") != fold("a{")
    assert fold("а") != fold("a")
    assert fold("ß") != fold("ss")


@given(NAMES)
def test_case_and_width_never_make_another_name(name: str) -> None:
    """RFC 8265 section 3.3: a valid name stays itself in all of its forms."""
    try:
        shown = nickname(name, LONGEST)
    except InvalidName:
        assume(False)
    assert fold(shown) == fold(name)
    for form in (name.upper(), name.lower(), name.swapcase(), wide(name)):
        assert fold(form) == fold(name)
        assert fold(nickname(form, LONGEST)) == fold(name)


@given(ANY_NAME | NAMES | MARKED)
def test_a_nickname_that_was_taken_is_final(name: str) -> None:
    """RFC 8264 section 7: idempotent. What is shown is valid, unchanged, and the same name."""
    try:
        shown = nickname(name, LONGEST)
    except InvalidName:
        return
    assert nickname(shown, LONGEST) == shown
    assert fold(shown) == fold(name)
    assert not set(shown) & set(" ,*?!@#&$:%+~./")
    assert unicodedata.category(shown[0])[0] != "M"
    nickname(fold(shown), LONGEST * 3)


@given(ANY_NAME | NAMES | MARKED)
def test_a_room_name_that_was_taken_is_final(name: str) -> None:
    """The same for rooms."""
    try:
        shown = room_name(f"#{name}", LONGEST)
    except InvalidName:
        return
    assert room_name(shown, LONGEST) == shown
    assert fold(shown) == fold(f"#{name}")
    assert not set(shown) & set(" ,\a*?!@/\r\n\0")
    assert prefixed(bare(shown)) == shown


@given(st.text() | MARKED | st.builds("{}!{}*".format, MARKED, MARKED))
def test_fold_is_idempotent_for_anything(text: str) -> None:
    """Masks are folded too, and they hold what no name holds."""
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize("name", ["#general", "##x", "#a.b", "#C++", "#über", "#кино", "#", "#:"])
def test_room_names(name: str) -> None:
    """Modern IRC, "Channels": `#`, and no space, BELL or comma."""
    if name == "#":
        with pytest.raises(InvalidName):
            room_name(name, LONGEST)
    else:
        assert room_name(name, LONGEST) == name


@pytest.mark.parametrize("character", [*" ,\a*?!@/", "\0", "\t", "\x1b", "\x7f", "\x9b", "\u202e"])
def test_characters_that_no_room_holds(character: str) -> None:
    """Modern IRC, "Channels"; `*?!@` are for masks, `/` leads a command. In full width too."""
    for form in (character, WIDE.get(character, character)):
        for name in (f"#a{form}b", f"#é{form}"):
            with pytest.raises(InvalidName, match="cannot contain"):
                room_name(name, LONGEST)


@pytest.mark.parametrize("name", ["general", "", "&local", "＃general", "#" + "a" * LONGEST])
def test_no_room_names(name: str) -> None:
    """Modern IRC, "Channel Types": ours is `#` alone."""
    with pytest.raises(InvalidName):
        room_name(name, LONGEST)


def test_a_rooms_limit_counts_what_is_shown() -> None:
    """A character that cannot be composed counts as what it becomes."""
    with pytest.raises(InvalidName, match="at most"):
        room_name("#" + "\u0958" * (LONGEST // 2), LONGEST)
    assert len(room_name("#" + "e\u0301" * (LONGEST - 1), LONGEST)) == LONGEST


@pytest.mark.parametrize(
    ("room", "shown"), [("#general", "general"), ("##x", "##x"), ("#", "#"), ("&a", "&a"), ("", "")]
)
def test_bare_names(room: str, shown: str) -> None:
    """In front of people a room has no prefix."""
    assert bare(room) == shown


def test_prefixed_names() -> None:
    """What a person means by a name."""
    assert [prefixed(name) for name in ("general", "#general", "##x")] == [
        "#general",
        "#general",
        "##x",
    ]


@pytest.mark.parametrize(
    ("mapping", "folded"),
    [
        ("ascii", "az[]\\~{}|^É"),
        ("rfc1459", "az{}|^{}|^É"),
        ("rfc1459-strict", "az{}|~{}|^É"),
        ("rfc8265", "az[]\\~{}|^é"),
    ],
)
def test_casemappings_fold_as_they_say(mapping: str, folded: str) -> None:
    """Modern IRC, "CASEMAPPING Parameter"."""
    assert CASEMAPPINGS[mapping]("AZ[]\\~{}|^É") == folded


@pytest.mark.parametrize(
    ("tokens", "mapping"),
    [
        ({}, "rfc1459"),
        ({"CASEMAPPING": "nonsense"}, "rfc1459"),
        ({"CASEMAPPING": "ascii"}, "ascii"),
        ({"CASEMAPPING": "rfc8265"}, "rfc8265"),
        ({"CASEMAPPING": "ascii", "UTF8MAPPING": "rfc8265"}, "rfc8265"),
        ({"CASEMAPPING": "ascii", "UTF8MAPPING": "permissive"}, "ascii"),
        ({"UTF8MAPPING": "rfc8265"}, "rfc8265"),
    ],
)
def test_how_a_server_folds(tokens: dict[str, str], mapping: str) -> None:
    """UTF8MAPPING says more than CASEMAPPING, where its value is known (as Ergo has it)."""
    assert folding(tokens) is CASEMAPPINGS[mapping]


@pytest.mark.parametrize(
    ("mask", "full"),
    [
        ("bob", "bob!*@*"),
        ("bob!b", "bob!b@*"),
        ("b@h", "*!b@h"),
        ("@h", "*!*@h"),
        ("!b", "*!b@*"),
        ("bob!b@h", "bob!b@h"),
        ("bob!@", "bob!*@*"),
        ("", "*!*@*"),
    ],
)
def test_masks_are_completed(mask: str, full: str) -> None:
    """Modern IRC, "Ban Channel Mode": nick, user and host."""
    assert full_mask(mask) == full


@given(st.text("ab!@*"))
def test_a_full_mask_stays_as_it_is(mask: str) -> None:
    """Completing once is enough, or a ban could not be lifted by its name."""
    assert full_mask(full_mask(mask)) == full_mask(mask)


@pytest.mark.parametrize(
    ("written", "host"),
    [
        ("::1", "0::1"),
        ("0::1", "0::1"),
        ("[::1]", "0::1"),
        ("2001:DB8:0:0::01", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:DB8:*", "2001:db8:*"),
        ("::*", "0::*"),
        ("1:2:3", "1:2:3"),
        ("LOCALHOST", "localhost"),
    ],
)
def test_a_mask_s_host_is_compared_as_hosts_are_shown(written: str, host: str) -> None:
    """However an IPv6 address is written: `*!*@::1` would fit nobody."""
    assert fold_mask(f"*!*@{written}") == f"*!*@{host}"
