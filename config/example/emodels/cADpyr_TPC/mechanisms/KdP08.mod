: SPDX-License-Identifier: Apache-2.0
: Delayed-rectifier potassium current, after Traub and Miles as given by Pospischil et al. (2008),
: Biol. Cybern. 99:427-441; rates at 36 degC. vt shifts the spike threshold.

NEURON {
    THREADSAFE
    SUFFIX KdP08
    USEION k READ ek WRITE ik
    RANGE gbar, g, vt
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.005 (S/cm2)
    vt = -56 (mV)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    ninf
    ntau (ms)
}

STATE { n }

INITIAL {
    rates(v)
    n = ninf
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar * n * n * n * n
    ik = g * (v - ek)
}

DERIVATIVE states {
    rates(v)
    n' = (ninf - n) / ntau
}

: a * x / (1 - exp(-x / k)), with its limit a * k at x = 0
FUNCTION linoid(a (/ms/mV), x (mV), k (mV)) (/ms) {
    if (fabs(x / k) < 1e-6) {
        linoid = a * k * (1 + x / k / 2)
    } else {
        linoid = a * x / (1 - exp(-x / k))
    }
}

PROCEDURE rates(v (mV)) {
    LOCAL u, an, bn
    u = v - vt
    an = linoid(0.032, u - 15, 5)
    bn = 0.5 * exp((10 - u) / 40)
    ntau = 1 / (an + bn)
    ninf = an * ntau
}
