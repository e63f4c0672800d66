"""Find out whether an e-model's protocols record at places that depend on the apical point."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bluepyopt import ephys


def record_at_apical_points(protocols: Iterable[Any]) -> bool:
    """Whether a recording of these protocols or their parts has a location with the attribute
    ``apical_point_isec``. Recordings that a protocol creates when it runs are not found."""
    return any(
        hasattr(getattr(recording, "location", None), "apical_point_isec")
        for protocol in _with_parts(list(protocols))
        for recording in getattr(protocol, "recordings", None) or ()
    )


def _with_parts(protocols: list[Any]) -> Iterator[Any]:
    """The protocols, and the protocols in their attributes, also in lists or mappings."""
    seen: set[int] = set()
    while protocols:
        protocol = protocols.pop()
        if id(protocol) in seen:
            continue
        seen.add(id(protocol))
        yield protocol
        for value in getattr(protocol, "__dict__", {}).values():
            held = value.values() if isinstance(value, Mapping) else value
            parts = list(held) if isinstance(value, Mapping | list | tuple | set) else [value]
            protocols.extend(part for part in parts if isinstance(part, ephys.protocols.Protocol))
