"""What commands print on a terminal that belongs to whoever looks."""


def printable(text: str) -> str:
    """The text with what is no sign written as its number: what others have sent may try to steer the terminal."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in text)
