"""The temperature and the initial voltage that an e-model was optimised with."""

from pathlib import Path

import pytest
from small_emodel import PARAMS, small_package

from megate.emodels.prepare import HOC_TEMPLATE
from megate.processes.child import run_in_child


def global_parameters(package: Path) -> dict[str, float]:
    arguments = {
        "emodel": "small",
        "params": PARAMS,
        "morph_path": str(package.parent / "cell.swc"),
        "apical_point": None,
        "template": str(HOC_TEMPLATE),
    }
    facts, _ = run_in_child("describe_emodel", arguments, package, package.parent / "log")
    return facts["global_parameters"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", {"celsius": 6.3, "v_init": -65}),  # NEURON's own values
        ("g('celsius', 34, True, param_name='celsius'),", {"celsius": 34, "v_init": -65}),
        ("g('v', param_name='v_init', bounds=[-90, -60]),", {"celsius": 6.3, "v_init": -72.5}),
    ],
)
def test_global_parameters(
    line: str, expected: dict[str, float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    package = small_package(tmp_path)
    path = package / "setup" / "evaluator.py"
    lines = path.read_text().splitlines()
    first = next(n for n, text in enumerate(lines) if "NrnGlobalParameter" in text)
    lines = [text for text in lines if "NrnGlobalParameter" not in text]
    lines.insert(first, line.replace("g(", "ephys.parameters.NrnGlobalParameter("))
    path.write_text("\n".join(lines))
    monkeypatch.setitem(PARAMS, "v", -72.5)
    assert global_parameters(package) == expected
