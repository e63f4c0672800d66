"""Target features: scores of responses against experimental means and deviations."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from bluepyopt import ephys

from megate.builtin.names import PREFIX
from megate.builtin.steps import StepProtocol
from megate.core.errors import nearest

NOT_COMPUTED = 250.0
"""Score of a feature that could not be computed."""
_SPIKE_THRESHOLD_MV = -30


class Feature(ephys.efeatures.eFELFeature):
    """A feature that eFEL computes from a response. Its score is the mean distance of its values
    from the experimental mean, in standard deviations."""

    def calculate_features(self, responses: Mapping[str, Any], **_: Any) -> np.ndarray | None:
        """The values (such as one per spike) in eFEL's unit; None if there is no response."""
        import efel

        trace = self._construct_efel_trace(responses)
        if trace is None:
            return None
        self._setup_efel()
        values = efel.get_feature_values([trace], [self.efel_feature_name], raise_warnings=False)
        efel.reset()
        return values[0][self.efel_feature_name]

    def calculate_score(self, responses: Mapping[str, Any], trace_check: bool = False) -> float:
        """The feature's score; 250 if it could not be computed."""
        values = self.calculate_features(responses)
        if values is None or len(values) == 0:
            return NOT_COMPUTED
        return np.sum(np.fabs(values - self.exp_mean)) / self.exp_std / len(values)


class CurrentFeature(ephys.efeatures.EFeature):
    """The result of a current search (nA), which is a response of its own."""

    def __init__(self, name: str, response: str, exp_mean: float, exp_std: float) -> None:
        super().__init__(name)
        self.response = response
        self.exp_mean = exp_mean
        self.exp_std = exp_std

    def calculate_feature(self, responses: Mapping[str, Any], **_: Any) -> float | None:
        """The current, nA; None if the search found none."""
        return responses.get(self.response)

    def calculate_score(self, responses: Mapping[str, Any], trace_check: bool = False) -> float:
        """Distance from the experimental mean, in standard deviations; 250 without a current."""
        current = self.calculate_feature(responses)
        return NOT_COMPUTED if current is None else abs(current - self.exp_mean) / self.exp_std


def unknown_features(objectives: Iterable[ephys.objectives.EFeatureObjective]) -> list[str]:
    """The features and settings that eFEL does not have, each with a similar name if there is one,
    and settings with a wrong type of value."""
    import efel
    from efel.settings import Settings

    features = efel.get_feature_names()
    settings = set(vars(Settings())) - {"dependencyfile_path"}
    problems = []
    for objective in objectives:
        feature = objective.features[0]
        if not isinstance(feature, Feature):
            continue
        if feature.efel_feature_name not in features:
            problems.append(objective.name + _similar(feature.efel_feature_name, features))
        for name, value in _settings_of(feature).items():
            if name not in settings:
                where = f"{objective.name}: efel_settings.{name}"
                problems.append(where + _similar(name, settings))
                continue
            try:
                Settings().set_setting(name, value)
            except ValueError as error:
                problems.append(f"{objective.name}: efel_settings.{name}: {value!r}: {error}")
    return problems


def _settings_of(feature: "Feature") -> dict[str, Any]:
    return {**feature.double_settings, **feature.int_settings, **feature.string_settings}


def _similar(name: str, known: Iterable[str]) -> str:
    found = nearest(name, known)
    return "" if found is None else f"; a similar name is {found!r}"


def objectives_of(
    features: Mapping[str, Any], protocols: Mapping[str, StepProtocol]
) -> Iterator[ephys.objectives.SingletonWeightObjective]:
    """The objectives of a features file, one per feature. `protocols` are the step protocols."""
    for protocol, recordings in features.items():
        for recording, definitions in recordings.items():
            response = f"{PREFIX}.{protocol}.{recording}"
            for definition in definitions:
                name = f"{response}.{definition['feature']}"
                mean, std = definition["val"][:2]
                feature: ephys.efeatures.EFeature
                if definition["feature"].startswith("bpo_"):
                    feature = CurrentFeature(name, f"{PREFIX}.{definition['feature']}", mean, std)
                else:
                    of = protocols[protocol]
                    feature = Feature(
                        name,
                        efel_feature_name=definition["feature"],
                        recording_names={"": response},
                        exp_mean=mean,
                        exp_std=std,
                        **_efel_arguments(definition, of),
                    )
                weight = definition.get("weight", 1)
                yield ephys.objectives.SingletonWeightObjective(name, feature, weight)


def _efel_arguments(definition: Mapping[str, Any], protocol: StepProtocol) -> dict[str, Any]:
    """The arguments of BluePyOpt's eFELFeature for the stimulus and eFEL's settings. It passes
    settings of all types to the same function of eFEL."""
    arguments: dict[str, Any] = {
        "stim_start": protocol.stim_start,
        "stim_end": _stim_end(protocol),
        "stimulus_current": protocol.step_amplitude,
        "threshold": definition.get("threshold", _SPIKE_THRESHOLD_MV),
        "interp_step": None,
        "double_settings": {},
        "int_settings": {"strict_stiminterval": definition.get("strict_stim", True)},
        "string_settings": {},
    }
    for name, value in definition.get("efel_settings", {}).items():
        key = "threshold" if name == "Threshold" else name
        if isinstance(value, dict):
            arguments[key] = arguments[key] | value
        elif key in arguments:
            arguments[key] = value
        else:
            arguments["int_settings"] = arguments["int_settings"] | {name: value}
    return arguments


def _stim_end(protocol: StepProtocol) -> float:
    """End of the stimulus for the features, ms. It depends on the protocol's name, as in
    BluePyEModel: a back-propagating spike (bAP) may arrive after its short step; in a train of
    steps (H40S8) only the time before the last step counts."""
    if "bAP" in protocol.name:
        return protocol.total_duration
    if "H40S8" in protocol.name:
        return protocol.steps[-1].step_delay
    return protocol.stim_end
