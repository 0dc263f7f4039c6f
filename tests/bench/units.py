"""Sizes and figures, read and written."""
import re

SHIFTS = {"G": 30, "M": 20, "K": 10}


def bytes_of(text):
    match = re.fullmatch(r"([1-9]\d*)([KMG]?)(i?B)?", text.strip(), re.IGNORECASE)
    if match is None:
        raise ValueError(f"not a size: {text}")
    return int(match[1]) << SHIFTS.get(match[2].upper(), 0)


def size(count):
    """In the largest unit that divides it."""
    for letter, shift in SHIFTS.items():
        if count % (1 << shift) == 0:
            return f"{count >> shift} {letter}iB"
    return f"{count} bytes"


def short(value):
    """Three digits that count."""
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:#.3g}"
