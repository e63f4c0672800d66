: SPDX-License-Identifier: Apache-2.0
: High-threshold calcium current of Reuveni et al. (1993), J. Neurosci. 13:4609-4621, as given by
: Pospischil et al. (2008), Biol. Cybern. 99:427-441.

NEURON {
    THREADSAFE
    SUFFIX CaLR93
    USEION ca READ eca WRITE ica
    RANGE gbar, g
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 1e-4 (S/cm2)
}

ASSIGNED {
    v (mV)
    eca (mV)
    ica (mA/cm2)
    g (S/cm2)
    qinf
    rinf
    qtau (ms)
    rtau (ms)
}

STATE { q r }

INITIAL {
    rates(v)
    q = qinf
    r = rinf
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar * q * q * r
    ica = g * (v - eca)
}

DERIVATIVE states {
    rates(v)
    q' = (qinf - q) / qtau
    r' = (rinf - r) / rtau
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
    LOCAL aq, bq, ar, br
    aq = linoid(0.055, v + 27, 3.8)
    bq = 0.94 * exp((-75 - v) / 17)
    ar = 0.000457 * exp((-13 - v) / 50)
    br = 0.0065 / (1 + exp((-15 - v) / 28))
    qtau = 1 / (aq + bq)
    qinf = aq * qtau
    rtau = 1 / (ar + br)
    rinf = ar * rtau
}
