"""Test the fit of resistances, and the scale that it gives."""

import numpy as np
import pytest

from megate.adaptation.resistance import SCALES, ResistanceFit
from megate.core.errors import MegateError


def fit(*coefficients: float) -> ResistanceFit:
    padded = [*coefficients, *[0.0] * (4 - len(coefficients))]
    return ResistanceFit(padded, [], [], 0.0)


def test_a_cubic_is_found_again():
    logs = np.log10(SCALES)
    found = ResistanceFit.to(SCALES.tolist(), 10 ** (2 - logs + 0.3 * logs**2 - 0.1 * logs**3))
    assert found.coefficients == pytest.approx([2, -1, 0.3, -0.1])
    assert found.error < 1e-12
    assert found.at(1) == pytest.approx(100)


@pytest.mark.parametrize(
    ("resistance", "scale", "at_limit"),
    [
        (100, 1.000001, False),
        (80, 1.25, False),
        (125, 0.8, False),
        (50, 1.5, True),
        (300, 0.5, True),
    ],
)
def test_the_scale_of_a_soma_is_the_ratio_of_resistances(resistance, scale, at_limit):
    # R = 100 MOhm / s
    assert fit(2, -1).scale_for(resistance, (0.5, 1.5)) == (scale, at_limit)


def test_of_several_scales_the_one_with_the_smallest_logarithm_is_taken():
    # (x + 0.1)(x - 0.06)(x - 0.3) = 0, x = log10 of the scale: 0.794, 1.148, 1.995
    polynomial = np.polynomial.Polynomial.fromroots([-0.1, 0.06, 0.3]).coef
    curve = fit(1 + polynomial[0], *polynomial[1:])
    assert curve.scale_for(10, (0.5, 2.5)) == (pytest.approx(1.148154, abs=1e-6), False)
    assert curve.scale_for(10, (0.5, 1.1)) == (pytest.approx(0.794328, abs=1e-6), False)


def test_a_scale_is_never_exactly_1_which_means_not_adapted():
    assert fit(2, -1).scale_for(120, (1, 1.5)) == (1.000001, True)


@pytest.mark.parametrize("values", [[1.0] * 9 + [-2.0], [1.0] * 9 + [float("nan")]])
def test_resistances_must_be_positive(values):
    with pytest.raises(MegateError, match=r"MOhm at scale 3.16, expected a positive number"):
        ResistanceFit.to(SCALES.tolist(), values)


def test_a_bad_fit_is_refused_with_its_error():
    values = [10.0, 20.0] * 5
    with pytest.raises(MegateError, match=r"differs by \d\d\.\d% .*expected at most 2%"):
        ResistanceFit.to(SCALES.tolist(), values)
