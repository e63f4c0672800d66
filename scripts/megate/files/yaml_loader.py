"""Load YAML strictly: no key twice, no value without end, aliases only within reason."""

from typing import Any

import yaml

from megate.core.errors import brief, listing

MAX_DEPTH = 100
"""How deep lists and mappings may nest."""
MAX_DIGITS = 300
"""Characters of a number: a whole one of so many is still a finite float."""
MAX_REPEATED = 1_000_000
"""Values that the aliases of a file may stand for, all together."""


class RefusedError(ValueError):
    """A file follows its language, but has what no input of megate needs. The message goes on
    after ``FILE:``."""


class StrictLoader(yaml.SafeLoader):
    """PyYAML's safe loader, which also refuses a key that stands twice in a mapping, an alias
    inside of what it stands for, nesting and numbers without measure, and aliases that stand for
    very many values, which cost nothing until they are walked through.

    Raises:
        RefusedError: naming keys and lines, counted from 1.
    """

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        # node -> values that it holds with aliases followed, and how deep they nest
        self._extents: dict[yaml.Node, tuple[int, int]] = {}
        self._repeated_keys: list[str] = []

    def get_single_node(self) -> yaml.Node | None:
        root = super().get_single_node()
        if self._repeated_keys:
            raise RefusedError(listing(self._repeated_keys))
        return root

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node:
        is_alias = self.check_event(yaml.AliasEvent)
        line = self.peek_event().start_mark.line + 1
        node = super().compose_node(parent, index)
        if is_alias and node not in self._extents:
            raise RefusedError(f" line {line}: an alias stands inside of what it stands for")
        if not is_alias:
            self._extents[node] = self._extent(node, line)
        return node

    def _extent(self, node: yaml.Node, line: int) -> tuple[int, int]:
        if isinstance(node, yaml.ScalarNode):
            return 1, 0
        held = node.value
        if isinstance(node, yaml.MappingNode):
            self._note_repeated_keys(node)
            held = [part for pair in node.value for part in pair]
        extents = [self._extents[part] for part in held]
        values = 1 + sum(size for size, _ in extents)
        depth = 1 + max((deep for _, deep in extents), default=0)
        if depth > MAX_DEPTH:
            raise RefusedError(f" line {line}: it nests more than {MAX_DEPTH} deep")
        if values - len(self._extents) > MAX_REPEATED:
            raise RefusedError(
                f" line {line}: its aliases stand for more than {MAX_REPEATED:,} values"
            )
        return values, depth

    def _note_repeated_keys(self, node: yaml.MappingNode) -> None:
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue  # refused when it is constructed
            merges = key_node.tag == "tag:yaml.org,2002:merge"
            key = key_node.value if merges else self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if key in lines:
                self._repeated_keys.append(
                    f"line {line}: the key {brief(key)} stands already in line {lines[key]}"
                )
            lines.setdefault(key, line)

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        if len(node.value) > MAX_DIGITS and node.tag.endswith((":int", ":float")):
            line = node.start_mark.line + 1
            raise RefusedError(f" line {line}: a number of {len(node.value)} characters")
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # PyYAML's own, of a tag (!!bool) or an implied one (a date) on a value that is none
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(
                None, None, f"{brief(node.value)} is no {kind}", node.start_mark
            ) from error
