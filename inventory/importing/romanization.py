"""Hangul in Latin letters: the Revised Romanization of Korean (2000), each syllable by itself.

How neighbouring syllables change each other's sound is left out, so that a name is always written alike whatever
stands beside it, and of two final consonants both are written: 볶 is `bokk`, 복 is `bok`. Ids are made of this: the
tables never change.
"""

_FIRST_SYLLABLE, _LAST_SYLLABLE = 0xAC00, 0xD7A3


def _letters(text: str) -> tuple[str, ...]:
    """A dash stands for the letter that has no sound there."""
    return tuple(letter.strip("-") for letter in text.split())


# In the order of Unicode.
_INITIALS = _letters("g kk n d tt r m b pp s ss - j jj ch k t p h")
_VOWELS = _letters("a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i")
_FINALS = _letters("- k kk ks n nj nh t l lk lm lp ls lt lp lh m p ps t tt ng t t k t p t")


def romanized(text: str) -> str:
    """The text with each Hangul syllable in Latin letters; all else stays."""
    return "".join(_syllable(letter) for letter in text)


def _syllable(letter: str) -> str:
    if not _FIRST_SYLLABLE <= ord(letter) <= _LAST_SYLLABLE:
        return letter
    others, final = divmod(ord(letter) - _FIRST_SYLLABLE, len(_FINALS))
    initial, vowel = divmod(others, len(_VOWELS))
    return _INITIALS[initial] + _VOWELS[vowel] + _FINALS[final]
