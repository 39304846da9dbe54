"""Names that look alike (Unicode UTS #39 section 4), and names that do not."""

import subprocess
import sys
import unicodedata
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatroom.wire import confusables, lookalikes
from chatroom.wire.lookalikes import RESERVED, resembles, skeleton
from chatroom.wire.names import InvalidName, fold, nickname

LONGEST = 30


@pytest.mark.parametrize(
    "name",
    [
        *("You", "you", "YOU", "yOu", "ｙｏｕ", "Ｙｏｕ"),
        *("ꓬou", "Ⲩou", "ⲩou", "ყou", "Ყou", "y໐u", "Y0u", "ỵou", "Ꭹou", "ꭹou", "Yჿu", "ꓬꓳꓴ"),
        *("Yoս", "Υου", "υου", "уоu", "үօս", "ʏᴏᴜ", "Y๐u", "Y०u", "Yഠu", "Y〇u", "Y០u", "Yoᑌ"),
        *("ýóú", "ÿou", "yøu", "Ұou", "Ƴou", "Ɏou", "y\u0325ou", "yo\u093cu", "yo\u0e48u", "Youʹ"),
        *("yoμ", "чou", "Yoц", "y\u0323\u0323ou"),
        *("Yoʊ", "YoƱ", "Yoմ", "YoႮ", "Yoɥ", "ꚤou", "Y𐒣u", "YᦲU", "y口u", "yロu", "Yⵕu", "Yໆu"),
        *("yꙩu", "Yoษ", "Yoປ", "Yoນ", "Yoป", "ꚤоʊ", "Y口ʊ", "Yoʋ", "ʏ口ɥ", "Yo\U00010330", "Yoঋ"),
        *("You_", "_You", "You-", "You^", "[You]", "{You}", "`You`", "Y_o_u", "Youˍ", "ˆYouˋ"),
        *("You|", "|You|", "Yoʊ_", "__root__", "Nick_Serv", "Nick-Serv", "server-", "adm|n"),
        *("servєr", "sɛrver", "sǝrvǝr", "SЄRVER", "NicҡServ", "NicқServ", "ChaηServ", "Youꞈ"),
        *("rꙩꙩt", "roоτ", "aბmin", "серvеr"),
        *("NickServ", "nickserv", "N1ckServ", "NlckSerν", "ΝickServ", "ＮｉｃｋＳｅｒｖ"),
        *("ChanServ", "СhаnServ", "chanserv", "Chan5erv", "Ⲥhanserv"),
        *("root", "r00t", "rооt", "ROOT", "яoot", "ｒｏｏｔ", "rőőt", "ꭇoot"),
        *("admin", "Admin", "adm1n", "admln", "аdmin", "adrnin", "ᴀᴅᴍɪɴ", "4dmin", "аdміn"),
        *("operator", "Operators", "0perator", "оperator", "administrator", "Administrat0r"),
        *("system", "SYSTEM", "5ystem", "ѕystem", "global", "gl0bal", "GIobaI", "localhost"),
        *("support", "5upp0rt", "security", "Secur1ty", "info", "lnfo", "1nfo", "admins", "Admln5"),
        *("moderator", "rnoderator", "mod", "rnod", "mods", "sysop", "staff", "help", "HeIp"),
        *("oper", "IRCop", "ops", "sysadmin", "helpdesk", "service", "postmaster"),
        *("HelpServ", "AuthServ", "console", "superuser", "abuse", "_mod_", "[Staff]", "Неlp"),
        *("server", "s3rver", "5erver", "ѕеrvеr", "ādmin", "serνer", "ꜱᴇʀᴠᴇʀ"),
    ],
)  # fmt: skip
def test_reserved_names(name: str) -> None:
    """<You> begins one's own lines; the others are who people trust. Nobody looks like them."""
    with pytest.raises(InvalidName, match="this nickname is reserved"):
        nickname(name, LONGEST)


def test_you_in_latin_cyrillic_greek_and_armenian() -> None:
    """Each letter from any of these scripts, in each case."""
    letters = ("yуүγυʏ", "oоοօᴏ", "uυսᴜ")
    for name in map("".join, product(*letters)):
        for form in (name, name.upper(), name.lower(), name.capitalize()):
            assert resembles(form, RESERVED), form


@pytest.mark.parametrize(
    "name",
    [
        *(
            "Modesta",
            "Mode",
            "modbob",
            "Opal",
            "operetta",
            "Globo",
            "Helga",
            "helper_bob",
            "Staffan",
        ),
        *("local", "host", "Infos", "Oper_bob", "supporter", "Systema", "guest", "bot", "chat"),
        *("Yo", "Youri", "Yoko", "Yousef", "your", "yous", "Lou", "Zou", "thou", "young", "hou"),
        *("rooted", "Roots", "Roost", "rot", "Toor", "administer", "Adam", "Admir", "admin_bob"),
        *("Serverin", "sewer", "Nick", "Chandra", "serve", "Chan", "server_bob", "You-know-who"),
        *("Łou", "Łoú", "Žoé", "Λου", "Λού", "Σου", "Лоу", "Ђоу", "小o明", "Yoé", "bou_", "Yo_"),
    ],
)
def test_names_near_reserved_ones(name: str) -> None:
    """Only the whole name counts."""
    assert nickname(name, LONGEST) == name


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("opal", "оpal"),
        ("opal", "Оpal"),
        ("OPAL", "ОРАL"),
        ("opal", "opаl"),
        ("bob", "b0b"),
        ("Bill", "BiII"),
        ("bill", "BiII"),
        ("Bill", "Bi1l"),
        ("bill", "bi||"),
        ("Alice", "Aliсe"),
        ("alice", "αlice"),
        ("carol", "ᴄᴀʀᴏʟ"),
        ("anna", "ΑΝΝΑ"),
        ("tom", "тom"),
        ("tom", "том"),
        ("Lea", "Leа"),
        ("zoe", "zọe"),
        ("max", "max\u0323"),
        ("max", "max\u093c"),
        ("max", "maxʹ"),
        ("dilnoza", "dilʼnoza"),
        ("مريم", "مريم\u064e"),
        ("محمد", "مح\u0651مد"),
        ("カ", "力"),
        ("ロビン", "口ビン"),
        ("anna", "ɑnna"),
        ("hugo", "һuɡo"),
        ("bob", "ɓob"),
        ("bob", "ƅob"),
        ("soren", "søren"),
        ("jim", "ȷim"),
        ("bob", "bobꞈ"),
        ("bob", "βob"),
        ("bob", "bobʹ"),
        ("max", "maχ"),
        ("max", "maꭕ"),
        ("bob`", "bobˋ"),
        ("bob^", "bobˆ"),
        ("bob_", "bobˍ"),
        ("dan", "ꝺan"),
    ],
)
def test_names_that_look_alike(one: str, other: str) -> None:
    """They are two by the casemapping, and a reader takes them for one."""
    assert fold(one) != fold(other)
    assert skeleton(one) == skeleton(other)
    for name in (one, other):
        assert nickname(name, LONGEST)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("bill", "biii"),
        ("Mila", "Miia"),
        ("Ella", "Elia"),
        ("ali", "all"),
        ("kai", "kal"),
        ("alice", "al1ce"),
        ("Tom", "Torn"),
        ("barn", "bam"),
        ("clara", "dara"),
        ("vvv", "wv"),
        ("bob", "bob_"),
        ("bob", "bob1"),
        ("bob", "[bob]"),
        ("bob", "bo"),
        ("s3n", "sen"),
        ("राम", "रमा"),
        ("राम", "रामी"),
        ("ミカ", "ミガ"),
        ("ハナ", "バナ"),
        ("สม", "สิม"),
        ("ဝင်း", "ဝိုင်း"),
        ("Άννα", "Anna"),
        ("Strauß", "Straub"),
        ("bob", "bobˍ"),
        ("bob", "bobˆ"),
    ],
)
def test_names_that_are_told_apart(one: str, other: str) -> None:
    """Honest people have them at the same time."""
    assert skeleton(one) != skeleton(other)


NAMES = """
Alice Bob Carol Dave Erin Frank Grace Heidi Ivan Judy Mallory Niaj Olivia Peggy Rupert Sybil Trent
Victor Walter Xavier Yvonne Zelda Adam Alan Albert Alex Alina Amelie Amy Andrea Andrew Angela Anita
Anna Anton Arthur Astrid Barbara Ben Bernd Bettina Bill Birgit Bjarne Boris Brigitte Bruno Camille
Carla Carlos Carmen Caroline Cecilia Charles Charlotte Chiara Chris Christa Claire Clara Claudia
Clemens Dagmar Daniel Daria David Dennis Diana Diego Dieter Dirk Dominik Doris Edgar Edith Eduardo
Elena Eli Elia Elias Elisa Ella Elsa Emil Emilia Emily Emma Eric Ernst Eva Fabian Felix Fiona
Florian Francesca Franz Freya Fritz Gabriel Georg Gerda Gianni Gloria Greta Guido Gunnar Hanna Hans
Harald Hazel Helen Helga Henry Hugo Ian Ida Igor Ilse Ines Inga Ingrid Irene Iris Isabel Jack Jakob
James Jan Jane Jasmin Jean Jenny Jessica Joan Joel John Jonas Jorge Josef Joy Juan Julia Julian
Julius Kai Karin Karl Karla Kate Katja Ken Kevin Kim Klaus Konrad Kurt Lara Lars Laura Lea Lena Leo
Leon Lily Lina Linda Lisa Lou Louis Luca Lucia Lukas Luna Mai Maja Manuel Marc Marco Maria Marie
Mario Mark Marta Martin Mateo Max Maya Mia Michael Miguel Miia Mila Milla Milo Mona Moritz Nadia
Naomi Nico Nils Nina Noah Nora Oliver Oscar Otto Paula Pedro Peter Petra Pia Quentin Rachel
Rafael Ralf Ramona
Rebecca Rita Rob Robert Roger Rosa Rudi Ruth Sally Sam Samuel Sandra Sara Sean Sergio Sigrid
Silke Silvia Simon Sofia Sonja Stefan Susan Svenja Tanja Tara Thea Theo Thomas Tim Timo Tina Tobias
Tom Torben Tony Ulla Ulrich Uma Ursula Uwe Vera Viola Viktor Wanda Wendy Willi Wolf Yara Yasmin Zara
Jürgen Mæve Nuño Łukasz Żaneta Čeněk Ünal Ðuro Þóra Åke Ágnes Şebnem Ğani Øystein İlkay Ērika Ținca
Иван Анна Ольга Сергей Наталья Дмитрий Юлия Алексей Екатерина Владимир Светлана Михаил Татьяна
Павел Ирина Борис Галина Фёдор Жанна Егор Зоя Ксения Леонид Нина Оксана Пётр Роман Тамара Шамиль
Эльвира Яна Їжак Ґанна Єва Ђорђе Љиљана Ќирил Айнұр Әсел Өмір
Γιώργος Μαρία Δημήτρης Ελένη Κώστας Σοφία Νίκος Άννα Παναγιώτης Χρήστος Θεοδώρα Ζωή Ξένια Φωτεινή
Արամ Անահիտ Տիգրան Նարեկ Լուսինե Գայանե Վահան ნინო გიორგი თამარ დავით ლევან მარიამ ზურა ეკა
דוד שרה משה רחל יוסף מרים אברהם לאה נועה איתן محمد فاطمة علي زينب حسن خديجة يوسف عمر ليلى نور
سعيد پریسا رضا شیرین کیان گلناز امیر فرهاد राम सीता कृष्ण राधा अर्जुन मीरा विजय सुनीता आनन्द दीपा
রহিম করিম সুমন মিতা রাজু ਗੁਰਪ੍ਰੀਤ ਹਰਜੀਤ ਸਿਮਰਨ રમેશ હેતલ கண்ணன் லட்சுமி முருகன் மீனா రాజు లక్ష్మి
రవి ಕಾವ್ಯ ರಮೇಶ್ ലക്ഷ്മി രാജൻ മീന නිමල් සුනිල් สมชาย สมหญิง มานี มานะ วิชัย ນາງ ບຸນມີ ဆူး
မောင် ဝင်း ဝိုင်း အောင်
សុខា ចន្ទា ዳዊት ሰላም ሀና ተስፋዬ 太郎 花子 王小明 李娜 張偉 陈静 山田 さくら たろう ひろし カナ
ガナ ミカ ミキ リン レン 민준 서연 지우 하은 도윤 Hồng Thúy Dũng Phượng Nguyệt Ngọc Quỳnh Trần
ᎠᏂ ᏣᎳᎩ ⵎⵉⵔⴰ ܡܪܝܡ ᠪᠠᠲᠤ བསོད་ནམས ߡߎߛߊ
"""
PEOPLE = NAMES.split()

NUMBERED = [
    *(f"user{number}" for number in range(1000)),
    *(f"m{number:05}" for number in range(1000)),
    *(f"guest{number}" for number in range(1000)),
    *map(str, range(1000)),
    *("alice_", "alice|away", "alice`", "alice-2", "[alice]", "{alice}", "alice^", "_alice"),
]


def test_honest_people_come_in_side_by_side() -> None:
    """Ordinary names of many languages, and numbered ones: none is reserved, no two look alike."""
    seen: dict[str, str] = {}
    for name in [*PEOPLE, *NUMBERED]:
        shown = nickname(name, LONGEST)
        other = seen.setdefault(skeleton(shown), shown)
        assert other == shown, f"{shown} looks like {other}"
    assert len(PEOPLE) > 450


@pytest.mark.slow
@given(st.text(max_size=12))
def test_a_skeleton_is_the_skeleton_of_itself(text: str) -> None:
    """So looking alike is the same whoever came first; and case never matters to ASCII."""
    try:
        name = nickname(text, LONGEST)
    except InvalidName:
        return
    assert skeleton(skeleton(name)) == skeleton(name)
    assert skeleton(name).lower() == skeleton(name)


def test_the_table_holds_what_names_hold() -> None:
    """Unicode's version is told; each row leads to the end; `m` and the digits from 2 on stay."""
    assert confusables.VERSION.split(".")[0].isdigit()
    assert len(confusables.LOOKALIKES) == len(confusables.LETTERS)
    rows = list(zip(confusables.LOOKALIKES, confusables.LETTERS, strict=True))
    rows += [(row[0], row[1:]) for row in confusables.SEVERAL.split(" ")]
    assert {one for one, _ in rows if one.isascii()} == set("01I|")
    for one, letters in rows:
        assert unicodedata.normalize("NFD", one) == one
        assert skeleton(letters) == letters


def test_the_tables_are_small() -> None:
    """Less than a megabyte: the package confusable_homoglyphs takes sixteen."""
    table = lookalikes._letters()
    kept = (
        sys.getsizeof(table)
        + sum(map(sys.getsizeof, table))
        + sum(sys.getsizeof(letters) for letters in table.values())
    )
    assert kept < 400_000


def test_the_table_is_made_when_it_is_needed() -> None:
    """Clients compare no nicknames, and scripts start often."""
    code = "import chatroom.wire.lookalikes as it; print(it._letters.cache_info().currsize)"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert done.stdout.strip() == b"0"
