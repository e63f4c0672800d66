"""Test that all eFEL features are the same with a cleared core as with a newly initialised one."""

from pathlib import Path

import numpy as np
import pytest

from megate.processes.child import run_in_child

pytestmark = pytest.mark.slow


def features(lean: bool) -> dict[str, list[float] | None]:
    """Every feature of two traces, each after a reset. Runs in the child."""
    import sys

    if lean:
        from megate.simulation.efel_core import speed_up_efel
        from megate.simulation.package_state import package_state

        speed_up_efel()
        package_state(Path.cwd())  # looks at all modules
    import efel

    assert ("neo.core" in sys.modules) != lean
    times = np.arange(0.0, 1000.0, 0.1)
    spikes = sum(60 * np.exp(-((times - at) ** 2) / 2) for at in range(230, 700, 57))
    spiking = -75 + 12 * ((times > 200) & (times < 700)) + spikes
    silent = -75 - 8 * (1 - np.exp(-(times - 200) / 20)) * ((times > 200) & (times < 700))
    found = {}
    for kind, voltage in (("spiking", spiking), ("silent", silent)):
        trace = {"T": times, "V": voltage, "stim_start": [200], "stim_end": [700]}
        for name in efel.get_feature_names():
            efel.reset()
            efel.set_setting("stimulus_current", 0.1)
            efel.set_setting("Threshold", -30.0)
            try:
                (values,) = efel.get_feature_values([trace], [name], raise_warnings=False)
                value = values[name]
            except Exception as error:
                value = [type(error).__name__]
            found[f"{kind} {name}"] = None if value is None else [repr(v) for v in value]
            distance = efel.get_distance(trace, name, 1.0, 2.0, trace_check=False)
            found[f"{kind} {name} distance"] = [repr(distance)]
    return found


def test_all_features_are_the_same_to_the_bit(tmp_path: Path):
    lean, usual = (
        run_in_child("test_efel_core:features", {"lean": lean}, tmp_path, tmp_path / "log")[0]
        for lean in (True, False)
    )
    assert lean == usual
    computed = [name for name, values in usual.items() if values and "distance" not in name]
    assert len(computed) > 100  # of the two traces' features
