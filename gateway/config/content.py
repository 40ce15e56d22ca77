"""What a content model lets stand, and what can be taken out of it: every content without an element stays valid."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Standing = Callable[[Any], Mapping[str, Any]]


class Content:
    """A content model, looked at once."""

    def __init__(self, group: Any, standing: Standing) -> None:  # noqa: ANN401 - xmlschema's classes
        """`standing` tells what can stand where a particle does, by name."""
        self._group = group
        self._names: dict[int, frozenset[str]] = {}
        self.declarations: dict[str, list[Any]] = {}
        for particle in particles(group):
            stands = standing(particle)
            self._names[id(particle)] = frozenset(stands)
            for name, declaration in stands.items():
                self.declarations.setdefault(name, []).append(declaration)

    def removable(self, name: str) -> bool:
        """Whether any valid content is still valid without every element of that name."""
        return self._removable(self._group, name)

    def _removable(self, particle: Any, name: str) -> bool:  # noqa: ANN401 - xmlschema's classes
        if _is_leaf(particle):
            return particle.min_occurs == 0 or name not in self._names[id(particle)]
        parts = list(_parts(particle))
        if particle.model != "choice":
            whole = all(self._removable(each, name) for each in parts)
            return whole or (_emptiable(particle) and self._vanishes(particle, name))
        left = [each for each in parts if not self._removable(each, name)]
        return not left or (_emptiable(particle) and all(self._vanishes(each, name) for each in left))

    def _vanishes(self, particle: Any, name: str) -> bool:  # noqa: ANN401 - xmlschema's classes
        """Whether nothing but that name can stand there, so that nothing is left without it."""
        if _is_leaf(particle):
            return self._names[id(particle)] <= {name}
        return all(self._vanishes(each, name) for each in _parts(particle))


def _emptiable(particle: Any) -> bool:  # noqa: ANN401 - xmlschema's classes
    """Whether no element at all satisfies it."""
    if particle.min_occurs == 0:
        return True
    if _is_leaf(particle):
        return False
    parts = list(_parts(particle))
    if particle.model == "choice":
        return any(map(_emptiable, parts))
    return all(map(_emptiable, parts))


def particles(group: Any) -> Iterator[Any]:  # noqa: ANN401 - xmlschema's classes
    """Every element and wildcard of the model."""
    for each in _parts(group):
        if _is_leaf(each):
            yield each
        else:
            yield from particles(each)


def _parts(group: Any) -> Iterator[Any]:  # noqa: ANN401 - xmlschema's classes
    """What can occur in the group: maxOccurs="0" takes a part out of it."""
    return (each for each in group if each.max_occurs != 0)


def _is_leaf(particle: Any) -> bool:  # noqa: ANN401 - xmlschema's classes
    return not hasattr(particle, "model")
