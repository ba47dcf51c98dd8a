"""Names as people write them made into ids: small ASCII letters, digits, ``-``, ``_`` and ``.``.

Bulgarian goes by the national system (Закон за транслитерацията, 2009), other Cyrillic letters and
Latin ones with marks by their nearest ASCII letters.
"""

import re
import unicodedata
from hashlib import blake2b

from models.limits import ID_LENGTH_AT_MOST

_CYRILLIC = dict(zip("абвгдезийклмнопрстуфхъьыэіј", "abvgdeziyklmnoprstufhayyeij", strict=True)) | {
    "ж": "zh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "sht",
    "ю": "yu",
    "я": "ya",
    "ё": "yo",
    "ї": "yi",
    "є": "ye",
    "ђ": "dj",
    "љ": "lj",
    "њ": "nj",
    "ћ": "c",
    "џ": "dzh",
}
_UNMARKED = {
    "ł": "l",
    "ø": "o",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ß": "ss",
    "æ": "ae",
    "œ": "oe",
    "ı": "i",
}
_LETTERS = str.maketrans(_CYRILLIC | _UNMARKED)

_FINAL_IYA = re.compile(r"ия\b")
_BETWEEN = re.compile(r"[^a-z0-9._-]+")
_HASH_LENGTH = 8


def slug(name: str) -> str:
    """``name`` as an id of the contract, or ``""`` where it has no letter or digit.

    One that would be too long keeps its beginning and ends in a hash of the whole, so that two
    long names stay two.
    """
    small = unicodedata.normalize("NFC", name).lower()
    latin = _FINAL_IYA.sub("ia", small).translate(_LETTERS)
    bare = "".join(c for c in unicodedata.normalize("NFKD", latin) if not unicodedata.combining(c))
    text = _BETWEEN.sub("-", bare.lower()).strip("-._")
    if len(text) <= ID_LENGTH_AT_MOST:
        return text
    digest = blake2b(name.encode(), digest_size=_HASH_LENGTH // 2).hexdigest()
    return f"{text[: ID_LENGTH_AT_MOST - _HASH_LENGTH - 1].rstrip('-._')}-{digest}"
