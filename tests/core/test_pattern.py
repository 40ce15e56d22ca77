"""Patterns: what they take, by the specification; in one step for each character, whatever the pattern."""

from time import process_time

import pytest

from gateway.config.patterns import PatternError, read_pattern
from gateway.config.probe import misjudged, texts
from gateway.core import pattern
from gateway.core.pattern import TOO_COMPLEX, Automaton, TooComplexError

PATTERNS = {  # pattern: what it takes, what it does not
    "": (
        [
            "",
        ],
        ["a"],
    ),
    "a": (["a"], ["", "aa", "b"]),
    "a|bc": (["a", "bc"], ["abc", "b"]),
    "(|a)b": (["b", "ab"], ["a", "aab"]),
    "a?b*c+": (["c", "abbc", "bcc"], ["ab", "aac"]),
    "[0-9]{2}|[0-9]{5}": (["12", "12345"], ["1", "123", "123456", "1234567"]),
    "(a{2}|a{5})b": (["aab", "aaaaab"], ["aaab", "ab"]),
    "a{2,}": (["aa", "aaaa"], ["a"]),
    "a{0,2}": (["", "aa"], ["aaa"]),
    "a{0}": ([""], ["a"]),
    "(ab|c){2,3}": (["abab", "ccc", "abcab"], ["ab", "cccc", "abb"]),
    "[a-z-[aeiou]]+": (["bcd"], ["bad"]),
    "[^\\]]x": (["ax"], ["]x"]),
    "[\\[\\]]": (["[", "]"], ["\\"]),
    "\\p{Lu}\\P{L}": (["Қ1"], ["қ1", "ҚҚ"]),
    "\\i\\c*": (["_a-1", "ж"], ["1a", "-"]),
    "\\d": (["5", "\u0665"], ["x"]),
    ".": (["x", "\u0085", "\U0001f69a"], ["\n", "\r", "xx"]),
    "^a$": (["^a$"], ["a"]),
    "\\.\\-\\{": ([".-{"], ["x-{"]),
    "((a*)*)*": (["", "aaa"], ["b"]),
}


@pytest.mark.parametrize("text", PATTERNS, ids=str)
def test_pattern_takes_what_the_specification_says(text: str) -> None:
    """Both ways: each row's second list is its control."""
    automaton = Automaton(read_pattern(text))

    right, wrong = PATTERNS[text]
    assert [each for each in right if not automaton.matches(each)] == []
    assert [each for each in wrong if automaton.matches(each)] == []


@pytest.mark.parametrize("text", ["(a", "a)", "[a", "a{x}", "a{1,y}", "*", "a**", "\\p{Nothing}", "a{", "]"])
def test_what_is_no_pattern_is_told(text: str) -> None:
    """A text that the specification does not know is no tree."""
    with pytest.raises(PatternError):
        read_pattern(text)


@pytest.mark.parametrize("text", ["(a+)+b", "(a|a)*b", "(a*)*b", "(.*)*x(.*)*y"])
def test_no_value_makes_a_pattern_hang(text: str) -> None:
    """Twenty thousand letters that almost match cost a step each; a backtracking engine would need for ever."""
    start = process_time()

    assert not Automaton(read_pattern(text)).matches("a" * 20_000)
    assert process_time() - start < 5


def test_more_moves_than_are_kept_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is forgotten is worked out again."""
    monkeypatch.setattr(pattern, "MOST_MOVES", 2)
    automaton = Automaton(read_pattern("[a-z]*9"))

    assert automaton.matches("abcdefghijklmnop9")
    assert not automaton.matches("abcdefghijklmnop")


def test_pattern_with_too_many_states_is_told() -> None:
    """Instead of being built for minutes."""
    with pytest.raises(TooComplexError):
        Automaton(read_pattern("((a{1,999}){1,999}){1,999}"))
    with pytest.raises(TooComplexError):
        Automaton(TOO_COMPLEX)


def test_value_that_would_take_too_long_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work is counted, not time."""
    monkeypatch.setattr(pattern, "MOST_WORK", 10)

    with pytest.raises(TooComplexError):
        Automaton(read_pattern("(a?b?c?d?e?)*")).matches("abcdeabcde")


@pytest.mark.parametrize(
    ("text", "caught"),
    [
        ("[0-9]{2}|[0-9]{5}|[0-9]{8}", True),
        ("([0-9]{2}|[0-9]{5})x", True),
        ("[A-Z]{1,2}|[A-Z]{5}", True),
        ("[A-Z]{2}[0-9]{3}", False),
        ("(a{2}|a{5})b", False),
        ("[0-9]{2}|[A-Z]{3}", False),
        (".{0,4000}", False),
        ("((a{1,999}){1,999}){1,999}", False),
        ("(", False),
        ("\\p{Co}{2}", False),
    ],
)
def test_pattern_is_probed_for_what_libxml2_takes_wrongly(text: str, caught: bool) -> None:  # noqa: FBT001 - a column
    """Control: patterns that it judges right, and those that nobody can judge, are not caught."""
    assert misjudged(text) is caught


def test_probe_tries_around_every_count() -> None:
    """One less and one more of each count is among the texts."""
    found = set(texts(read_pattern("[0-9]{2}|[0-9]{5}")))

    assert {"0" * count for count in (1, 2, 3, 4, 5, 6)} <= found
