"""Asks libxml2 about texts around each pattern's counts: whether it takes one that the pattern does not."""

from functools import lru_cache
from itertools import islice, product

from lxml import etree

from gateway.config.patterns import PatternError, read_pattern
from gateway.config.schema_set import XS
from gateway.core.pattern import TooComplexError, Tree, automaton

LETTERS = "aAzZmM059 _-./,:;+#@()'\"&%*!?=\u00e9\u0416\u0436\u049a\u049b\u0660\u4e00\u00a0\n"
MOST_TEXTS = 600
MOST_LENGTH = 300  # of a repetition that is tried out


@lru_cache(4096)
def misjudged(pattern: str) -> bool:
    """Whether libxml2 was caught: it took a text that the pattern does not allow."""
    try:
        tree = read_pattern(pattern)
        right = automaton(tree).matches
        judge = _judge(pattern)
        return any(_takes(judge, text) and not right(text) for text in texts(tree))
    except (PatternError, TooComplexError, etree.XMLSchemaParseError):
        return False  # the schema is refused elsewhere, or nothing can be said


def texts(tree: Tree) -> list[str]:
    """Texts that the pattern takes or nearly takes: one more and one less of everything."""
    around = dict.fromkeys(_texts(tree, MOST_TEXTS))
    more = (each for text in list(around)[:100] for each in (text[1:], text[:-1], text + text[-1:], text + text))
    around.update(dict.fromkeys(more))
    return list(around)[:MOST_TEXTS]


def _texts(tree: Tree, most: int) -> list[str]:
    kind, *parts = tree
    if kind == "=":
        return [str(parts[0])]
    if kind == "c":
        return [letter for letter in LETTERS if automaton(tree).matches(letter)][:2] or ["\U0001f600"]
    if kind == "|":
        each = max(2, most // len(parts))
        return [text for part in parts for text in _texts(part, each)][:most]  # type: ignore[arg-type]
    if kind == "&":
        return _sequences(parts, most)  # type: ignore[arg-type]
    return _repetitions(*parts, most)  # type: ignore[arg-type, call-arg]


def _sequences(parts: list[Tree], most: int) -> list[str]:
    """Each part varied while the others stay, then all of them together."""
    found = [_texts(part, most) for part in parts]
    singly = [
        "".join(text if at == number else others[0] for at, others in enumerate(found))
        for number, texts_ in enumerate(found)
        for text in texts_
    ]
    return list(dict.fromkeys([*singly, *map("".join, islice(product(*found), most))]))[:most]


def _repetitions(part: Tree, least: int, most_times: int, most: int) -> list[str]:
    ends = {0, 1, least, max(most_times, least + 3)}
    counts = sorted({end + step for end in ends for step in (-1, 0, 1) if 0 <= end + step <= MOST_LENGTH})
    inside = _texts(part, max(2, most // len(counts)))
    same = [text * count for count in counts[::-1] for text in inside]
    mixed = ["".join(inside[at % len(inside)] for at in range(count)) for count in counts]
    return list(dict.fromkeys([*same[-1:], *same, *mixed]))[:most]


def _judge(pattern: str) -> etree.XMLSchema:
    root = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    element = etree.SubElement(root, f"{{{XS}}}element", name="e")
    simple = etree.SubElement(element, f"{{{XS}}}simpleType")
    restriction = etree.SubElement(simple, f"{{{XS}}}restriction", base="xs:string")
    etree.SubElement(restriction, f"{{{XS}}}pattern", value=pattern)
    return etree.XMLSchema(root)


def _takes(judge: etree.XMLSchema, text: str) -> bool:
    element = etree.Element("e")
    element.text = text
    return judge.validate(element)
