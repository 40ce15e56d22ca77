"""Reads patterns of XML Schema (part 2, appendix F) into the trees that `gateway.core.pattern` runs."""

from elementpath.regex import RegexError, translate_pattern

from gateway.core.pattern import Tree

QUANTIFIERS = {"?": (0, 1), "*": (0, -1), "+": (1, -1)}
PROPERTY = ("\\p", "\\P")
SPECIAL = ".\\?*+()|[]{}"  # what a normal character is not, `-` and `^` aside


class PatternError(ValueError):
    """A text that is no pattern of XML Schema 1.0."""


def read_pattern(text: str) -> Tree:
    """The pattern as a tree."""
    tree, at = _alternatives(text, 0)
    if at != len(text):
        raise PatternError(f"unexpected {text[at]} at {at + 1} in {text}")
    return tree


def _alternatives(text: str, at: int) -> tuple[Tree, int]:
    branches = []
    while True:
        branch, at = _branch(text, at)
        branches.append(branch)
        if text[at : at + 1] != "|":
            return (("|", *branches) if len(branches) > 1 else branches[0]), at
        at += 1


def _branch(text: str, at: int) -> tuple[Tree, int]:
    parts = []
    while at < len(text) and text[at] not in "|)":
        part, at = _atom(text, at)
        counted, at = _quantifier(text, at)
        parts.append(("*", part, *counted) if counted else part)
    return (parts[0] if len(parts) == 1 else ("&", *parts)), at


def _atom(text: str, at: int) -> tuple[Tree, int]:
    if text[at] == "(":
        inside, end = _alternatives(text, at + 1)
        if text[end : end + 1] != ")":
            raise PatternError(f"( at {at + 1} is not closed in {text}")
        return inside, end + 1
    end = _class_end(text, at)
    if end == at + 1 and text[at] not in SPECIAL:
        return ("=", text[at]), end
    try:
        translated = translate_pattern(text[at:end], back_references=False, lazy_quantifiers=False, anchors=False)
    except RegexError as error:
        raise PatternError(f"{text[at:end]} is no character class: {error}") from None
    return ("c", translated), end


def _class_end(text: str, at: int) -> int:
    """Where the character class or character that begins at `at` ends."""
    if text[at] == "\\":
        return text.find("}", at) + 1 if text.startswith(PROPERTY, at) else at + 2
    if text[at] != "[":
        return at + 1
    depth, end = 0, at
    while end < len(text):
        depth += {"[": 1, "]": -1}.get(text[end], 0)
        end += 2 if text[end] == "\\" else 1
        if depth == 0:
            return end
    raise PatternError(f"[ at {at + 1} is not closed in {text}")


def _quantifier(text: str, at: int) -> tuple[tuple[int, int] | None, int]:
    if text[at : at + 1] in QUANTIFIERS and at < len(text):
        return QUANTIFIERS[text[at]], at + 1
    if text[at : at + 1] != "{":
        return None, at
    end = text.find("}", at)
    least, comma, most = text[at + 1 : end].partition(",")
    if not least.isdecimal() or (most and not most.isdecimal()):
        raise PatternError(f"{{ at {at + 1} is no quantity in {text}")
    counts = (int(least), (int(most) if most else -1) if comma else int(least))
    return counts, end + 1
