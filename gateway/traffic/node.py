"""A document as a small tree that can be changed, named by XPath and written down."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
VALUE = str.maketrans({"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"})


@dataclass(slots=True, eq=False)
class Node:
    """An element: its name with the agreement's prefix, its attributes, and either text or children."""

    name: str
    text: str = ""
    children: list["Node"] = field(default_factory=list)
    attributes: dict[str, str] = field(default_factory=dict)

    def walk(self) -> Iterator["Node"]:
        """This element and all below it, in document order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def all(self, path: str) -> list["Node"]:
        """The elements that the steps lead to from here: `ccdo:EDocHeader/csdo:EDocId`."""
        found = [self]
        for name in path.split("/"):
            found = [child for node in found for child in node.children if child.name == name]
        return found

    def path_to(self, wanted: "Node") -> str:
        """XPath from this root: an index only where siblings share the name; empty where it is not below."""
        if self is wanted:
            return f"/{self.name}"
        for child in self.children:
            if below := child.path_to(wanted):
                return f"/{self.name}" + below.replace(f"/{child.name}", f"/{child.name}{_index(self, child)}", 1)
        return ""

    def rename(self, old: str, new: str) -> None:
        """Children of that name have the other one."""
        for child in self.children:
            child.name = new if child.name == old else child.name

    def insert_after(self, name: str, node: "Node") -> None:
        """The node stands behind the last child of that name."""
        places = [number for number, child in enumerate(self.children, 1) if child.name == name]
        self.children.insert(places[-1], node)

    def copy(self) -> "Node":
        """The same tree once more."""
        return Node(self.name, self.text, [child.copy() for child in self.children], dict(self.attributes))


def el(name: str, *content: "str | Node | Iterable[Node] | None", **attributes: str) -> Node:
    """An element with text or children; what is None is left out."""
    node = Node(name, attributes=attributes)
    for part in content:
        if isinstance(part, str):
            node.text = part
        elif isinstance(part, Node):
            node.children.append(part)
        elif part is not None:
            node.children.extend(part)
    return node


@dataclass(frozen=True, slots=True)
class Style:
    """How a sender's software writes XML: all of them say the same."""

    indent: str = "  "  # empty: everything on one line
    numbered: bool = False  # prefixes n1, n2, … instead of the agreement's
    declaration: str = '<?xml version="1.0" encoding="UTF-8"?>\n'


STYLES = (
    (6, Style()),
    (2, Style(indent="")),
    (1, Style(indent="\t")),
    (1, Style(numbered=True)),
    (1, Style(indent="", numbered=True, declaration="")),
)


def written(root: Node, namespaces: Mapping[str, str], style: Style) -> str:
    """The document; namespaces are declared at the root, each prefix that occurs once."""
    used = {name.partition(":")[0] for node in root.walk() for name in (node.name, *node.attributes) if ":" in name}
    order = [prefix for prefix in namespaces if prefix in used]
    spelled = {prefix: f"n{number}" if style.numbered else prefix for number, prefix in enumerate(order, 1)}
    declared = "".join(f' xmlns:{spelled[prefix]}="{namespaces[prefix]}"' for prefix in order)
    pieces: list[str] = [style.declaration]
    _write(root, spelled, declared, style.indent, "\n" if style.indent else "", pieces)
    return "".join(pieces) + "\n"


def _write(  # noqa: PLR0913, PLR0917 - called once for every element
    node: Node, spelled: Mapping[str, str], declared: str, indent: str, line: str, pieces: list[str]
) -> None:
    name = _spell(node.name, spelled)
    said = "".join(f' {_spell(key, spelled)}="{value.translate(VALUE)}"' for key, value in node.attributes.items())
    if not node.children:
        pieces.append(f"<{name}{declared}{said}>{node.text.translate(TEXT)}</{name}>")
        return
    pieces.append(f"<{name}{declared}{said}>{node.text.translate(TEXT)}")
    for child in node.children:
        pieces.append(line + indent if line else "")
        _write(child, spelled, "", indent, line + indent if line else "", pieces)
    pieces.append(f"{line}</{name}>")


def _spell(name: str, spelled: Mapping[str, str]) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{spelled[prefix]}:{local}" if prefix else local


def _index(above: Node, node: Node) -> str:
    same = [child for child in above.children if child.name == node.name]
    return f"[{next(n for n, child in enumerate(same, 1) if child is node)}]" if len(same) > 1 else ""
