"""The tests of a hoc: what is compared with the exemplar, and by which tolerance.

They are those of BlueCelluLab's validation (`bluecellulab.validation`). Its yes/no tests stay
such. Input resistance, IV and FI curve, which it only requires to be plausible, are compared with
those of the exemplar.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from megate.core.errors import MegateError
from megate.files.atomic import write_text
from megate.files.readers import read_json_object

FILE = "hoc_tests.json"
"""Settings and the exemplar's values, in a prepared e-model's folder."""

YES_NO_SD = 0.01
"""SD of the tests that are passed (value 1) or not (0): a cell that fails one scores 100."""
_LEAST_SPIKES = 1.0  # SD of a spike count: at least this


@dataclass(frozen=True)
class HocSettings:
    """Settings of the tests.

    Attributes:
        input_resistance, spike_count: SDs, as fractions of the exemplar's value
        voltage_mV: SD of voltages, mV
        celsius, v_init_mV: temperature and initial voltage, if the hoc does not say which ones
        holding_voltage_mV, threshold_precision_nA, max_current_nA: of the current searches
    """

    input_resistance: float
    spike_count: float
    voltage_mV: float  # noqa: N815 (the unit)
    celsius: float
    v_init_mV: float  # noqa: N815
    holding_voltage_mV: float  # noqa: N815
    threshold_precision_nA: float  # noqa: N815
    max_current_nA: float  # noqa: N815


@dataclass(frozen=True)
class HocTest:
    """A test.

    Attributes:
        protocol, recording, quantity: parts of the feature's name
        about: what it measures
        unit: of its values; None: it is passed (1) or not (0)
        tolerance: the setting that gives its SD; None for a test that is passed or not
    """

    protocol: str
    recording: str
    quantity: str
    about: str
    unit: str | None = None
    tolerance: str | None = None

    @property
    def feature(self) -> str:
        """The feature's name."""
        return f"mm.{self.protocol}.{self.recording}.{self.quantity}"

    def target(self, value: float | None, settings: HocSettings) -> tuple[float, float]:
        """Mean and SD, with the exemplar's `value`."""
        if self.tolerance is None:
            return 1.0, YES_NO_SD
        mean = float("nan") if value is None else value
        of_setting = getattr(settings, self.tolerance)
        if self.tolerance == "voltage_mV":
            return mean, of_setting
        least = _LEAST_SPIKES if self.tolerance == "spike_count" else 0.0
        return mean, max(of_setting * abs(mean), least)


STEPS_PERCENT = (130, 160, 200)
"""Depolarising steps, in per cent of the cell's threshold current."""
IV_PERCENT = (-100, -40, 40)
"""Steps of the IV curve, likewise; the cell does not spike with them."""

TESTS: tuple[HocTest, ...] = (
    HocTest(
        "Rin",
        "soma",
        "input_resistance",
        "input resistance at the holding voltage",
        "MOhm",
        "input_resistance",
    ),
    HocTest("Step_130", "soma", "spikes", "the cell spikes with a step of 130 %"),
    HocTest(
        "Step_200",
        "soma",
        "no_depolarization_block",
        "no depolarisation block of 150 ms or more with a step of 200 %",
    ),
    HocTest(
        "Step_200",
        "axon",
        "ais_first",
        "the first axon section spikes before the soma, or with it (within 0.1 ms), with a step of "
        "200 %; passed without axon",
    ),
    *(
        HocTest(
            f"Step_{percent}",
            "soma",
            "spike_count",
            f"FI curve: number of spikes with a step of {percent} %",
            "spikes",
            "spike_count",
        )
        for percent in STEPS_PERCENT
    ),
    HocTest("IV_-40", "soma", "hyperpolarization", "a step of -40 % lowers the voltage"),
    *(
        HocTest(
            f"IV_{percent}",
            "soma",
            "voltage_deflection",
            f"IV curve: change of the steady voltage by a step of {percent} %",
            "mV",
            "voltage_mV",
        )
        for percent in IV_PERCENT
    ),
    HocTest(
        "bAP",
        "dendrites",
        "back_propagation",
        "a spike (5 ms, 1000 %) is smaller in the basal and apical dendrites that are farthest "
        "from the soma than in the soma; passed if there are only basal or only apical ones and "
        "it is smaller there",
    ),
)


@dataclass(frozen=True)
class HocTests:
    """What a prepared e-model is compared with.

    Attributes:
        values: the exemplar's, by feature; None where it could not be computed
    """

    settings: HocSettings
    values: Mapping[str, float | None] = field(default_factory=dict)

    def target(self, test: HocTest) -> tuple[float, float]:
        """Mean and SD of a test."""
        return test.target(self.values.get(test.feature), self.settings)

    def write(self, package: Path) -> None:
        """Write them into the folder of a prepared e-model, with units for the reader."""
        content = asdict(self) | {
            "values": [
                {"feature": test.feature, "value": self.values[test.feature], "unit": test.unit}
                for test in TESTS
                if test.feature in self.values
            ]
        }
        write_text(package / FILE, json.dumps(content, indent=1) + "\n")

    @classmethod
    def read(cls, package: Path) -> "HocTests":
        """Read what `write` wrote.

        Raises:
            MegateError: there is no such file.
        """
        content = read_json_object(package / FILE, "prepared e-model")
        try:
            values = {each["feature"]: each["value"] for each in content["values"]}
            return cls(HocSettings(**content["settings"]), values)
        except (KeyError, TypeError) as error:
            raise MegateError(
                f"{package / FILE} was written by another version of megate; delete the folder, so "
                "that the e-model is prepared again"
            ) from error
