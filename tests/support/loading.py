"""Load a configuration from settings that a test writes down."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from megate.config.config import Config, load_config
from megate.config.schema import Source
from megate.core.errors import MegateError

Load = Callable[..., Config]


def loader(schema_path: Path, base: Path) -> Load:
    """A function that loads the configuration that one or more sources make; a source is
    settings, and is called source0.yaml, source1.yaml... in messages. Paths count from `base`."""

    def load(*sources: Mapping[str, Any]) -> Config:
        named = [
            Source(f"source{number}.yaml", source, base) for number, source in enumerate(sources)
        ]
        return load_config(named, schema_path)

    return load


def message_of(load: Load, *sources: Mapping[str, Any]) -> str:
    """The message with which loading `sources` fails."""
    with pytest.raises(MegateError) as caught:
        load(*sources)
    return str(caught.value)
