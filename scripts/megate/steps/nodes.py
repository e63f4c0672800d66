"""Rule nodes: give each cell of a circuit a released combination."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from megate.config.config import Config
from megate.core.paths import CIRCUIT_CELLS
from megate.release.nodes import NodesOptions, write_nodes

logger = logging.getLogger(__name__)


def nodes(config: Mapping[str, Any], release: Path, target: Path, missing: Path) -> None:
    """Write the nodes of the configuration's circuit.

    Args:
        config: the complete configuration, as plain values
        release: the release's folder for circuits
        target: the nodes file to write
        missing: the list of cells without a combination

    Raises:
        MegateError: as `megate.release.nodes.write_nodes`.
    """
    options = options_of(Config.from_plain(config))
    outcome = write_nodes(options, release / CIRCUIT_CELLS, target, missing)
    logger.info("%s: %s cells", target, f"{outcome['cells']:,}")
    for warning in outcome["warnings"]:
        logger.warning("%s: %s", options.source, warning)
    if outcome["left_out"]:
        logger.warning(
            "%s cells have no released combination and are left out (%s). The cells after them "
            "have other node ids than in %s: edges files of that circuit do not match",
            f"{outcome['left_out']:,}",
            missing,
            options.source,
        )


def options_of(config: Config) -> NodesOptions:
    """The options of the configuration's section `circuit`. (It has a nodes file.)"""
    circuit, prepare = config.circuit, config.prepare
    assert circuit.nodes_path is not None
    same = prepare is not None and circuit.nodes_path == prepare.sonata_nodes_path
    return NodesOptions(
        source=circuit.nodes_path,
        population=circuit.nodes_population,
        node_types=prepare.sonata_node_types_path if prepare and same else None,
        seed=circuit.seed,
        weights=circuit.emodel_weights,
        leave_out=circuit.cells_without_combination == "leave_out",
    )
