"""Load YAML strictly: repeated keys are errors, and every error names its line."""

from typing import Any

import yaml

from megate.core.errors import brief, listing

MAX_DIGITS = 300
"""Longest number, characters: a whole number of 300 digits still is a finite float."""


class RefusedError(ValueError):
    """A file is valid JSON or YAML, but has content that megate does not accept. The message
    continues a text that ends in ``FILE:``."""


class StrictLoader(yaml.SafeLoader):
    """PyYAML's safe loader. It also refuses repeated keys and very long numbers (`RefusedError`),
    and turns PyYAML's internal errors about a value into errors with the value and its line."""

    def __init__(self, stream: Any) -> None:
        super().__init__(stream)
        self._repeated_keys: list[str] = []

    def get_single_node(self) -> yaml.Node | None:
        root = super().get_single_node()
        if self._repeated_keys:
            raise RefusedError(listing(self._repeated_keys))
        return root

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[Any, int] = {}
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                continue  # PyYAML refuses it when it constructs the mapping
            merges = key_node.tag == "tag:yaml.org,2002:merge"
            key = key_node.value if merges else self.construct_object(key_node, deep=True)
            line = key_node.start_mark.line + 1
            if key in lines:
                self._repeated_keys.append(
                    f"line {line}: the key {brief(key)} already occurs in line {lines[key]}"
                )
            lines.setdefault(key, line)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        if len(node.value) > MAX_DIGITS and node.tag.endswith((":int", ":float")):
            line = node.start_mark.line + 1
            raise RefusedError(f" line {line}: a number of {len(node.value)} characters")
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            # PyYAML raises these where a value does not fit its tag (!!bool) or form (date)
            kind = node.tag.rpartition(":")[2]
            raise yaml.constructor.ConstructorError(
                None, None, f"{brief(node.value)} is not a valid {kind}", node.start_mark
            ) from error


class NamesLoader(StrictLoader):
    """`StrictLoader` for files of names: a plain scalar is a string as it is written, unless it is
    null. YAML 1.1 reads ``2_3`` as 23, ``1:30`` as 90, ``010`` as 8 and ``no`` as false."""

    yaml_implicit_resolvers = {  # noqa: RUF012 (PyYAML's own name)
        letter: [each for each in resolvers if each[0].endswith((":null", ":merge"))]
        for letter, resolvers in StrictLoader.yaml_implicit_resolvers.items()
    }
