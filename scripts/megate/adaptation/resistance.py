"""Input resistance of the AIS alone, or of the soma alone, as a function of its scale."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import Polynomial

from megate.core.errors import MegateError

SCALES = np.logspace(-0.5, 0.5, 10)
"""The scales at which resistances are measured for the fit."""

LIMITS = (0.32, 3.16)
"""Smallest and largest scale that `adapt.limits` may allow: those of `SCALES`."""

MAX_ERROR = 0.02
"""Largest relative difference between a measured resistance and the fit."""

_DEGREE = 3
_DECIMALS = 6  # of scales, so that text tables hold them exactly


@dataclass(frozen=True)
class ResistanceFit:
    """log10 of a resistance (MOhm) as a polynomial of log10 of the scale.

    Attributes:
        coefficients: c_0 ... c_3 of the polynomial
        scales, resistances: the measured values (MOhm)
        error: largest relative difference between them and the fit
    """

    coefficients: list[float]
    scales: list[float]
    resistances: list[float]
    error: float

    @classmethod
    def to(cls, scales: Sequence[float], resistances: Sequence[float]) -> "ResistanceFit":
        """Fit measured resistances (MOhm).

        Raises:
            MegateError: a resistance is not positive, or the fit is worse than `MAX_ERROR`.
        """
        values = np.asarray(resistances, float)
        if not (np.isfinite(values) & (values > 0)).all():
            worst = int(np.argmin(np.where(np.isfinite(values), values, -np.inf)))
            raise MegateError(
                f"its input resistance is {values[worst]:.4g} MOhm at scale {scales[worst]:.3g}, "
                "expected a positive number"
            )
        found = Polynomial.fit(np.log10(scales), np.log10(values), _DEGREE).convert()
        error = float(np.max(np.abs(10 ** found(np.log10(scales)) / values - 1)))
        if error > MAX_ERROR:
            raise MegateError(
                f"the fit of its input resistance differs by {error:.1%} from the measured values, "
                f"expected at most {MAX_ERROR:.0%}"
            )
        coefficients = [float(each) for each in found.coef]
        coefficients += [0.0] * (_DEGREE + 1 - len(coefficients))
        return cls(coefficients, [float(each) for each in scales], values.tolist(), error)

    def at(self, scale: float) -> float:
        """The resistance at a scale, MOhm."""
        return float(10 ** Polynomial(self.coefficients)(np.log10(scale)))

    def scale_for(self, resistance: float, limits: Sequence[float]) -> tuple[float, bool]:
        """The scale at which the resistance (MOhm) has this value.

        Of several scales within the limits, this is the one whose logarithm is nearest to 0. If
        there is none, it is the limit whose resistance is nearer.

        Returns:
            The scale, and whether a limit was taken. The scale is never exactly 1, which stands for
            a cell that is not adapted.
        """
        smallest, largest = limits
        roots = (Polynomial(self.coefficients) - np.log10(resistance)).roots()
        real = 10 ** roots[np.abs(roots.imag) < 1e-9].real
        within = real[(real >= smallest) & (real <= largest)]
        if len(within):
            scale = float(within[np.argmin(np.abs(np.log10(within)))])
        else:
            scale = min(limits, key=lambda limit: abs(np.log10(self.at(limit) / resistance)))
        scale = round(float(scale), _DECIMALS)
        return scale if scale != 1 else 1 + 10**-_DECIMALS, not len(within)
