: SPDX-License-Identifier: Apache-2.0
: Fast sodium current, after Traub and Miles as given by Pospischil et al. (2008),
: Biol. Cybern. 99:427-441; rates at 36 degC. vt shifts the spike threshold.

NEURON {
    THREADSAFE
    SUFFIX NaP08
    USEION na READ ena WRITE ina
    RANGE gbar, g, vt
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.05 (S/cm2)
    vt = -56 (mV)
}

ASSIGNED {
    v (mV)
    ena (mV)
    ina (mA/cm2)
    g (S/cm2)
    minf
    hinf
    mtau (ms)
    htau (ms)
}

STATE { m h }

INITIAL {
    rates(v)
    m = minf
    h = hinf
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar * m * m * m * h
    ina = g * (v - ena)
}

DERIVATIVE states {
    rates(v)
    m' = (minf - m) / mtau
    h' = (hinf - h) / htau
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
    LOCAL u, am, bm, ah, bh
    u = v - vt
    am = linoid(0.32, u - 13, 4)
    bm = linoid(0.28, 40 - u, 5)
    ah = 0.128 * exp((17 - u) / 18)
    bh = 4 / (1 + exp((40 - u) / 5))
    mtau = 1 / (am + bm)
    minf = am * mtau
    htau = 1 / (ah + bh)
    hinf = ah * htau
}
