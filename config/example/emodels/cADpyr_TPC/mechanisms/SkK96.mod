: SPDX-License-Identifier: Apache-2.0
: Small-conductance calcium-activated potassium current: calcium dependence (half activation,
: Hill coefficient) of Koehler et al. (1996), Science 273:1709-1714.

NEURON {
    THREADSAFE
    SUFFIX SkK96
    USEION k READ ek WRITE ik
    USEION ca READ cai
    RANGE gbar, g
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (mM) = (milli/liter)
    (S) = (siemens)
}

PARAMETER {
    gbar = 1e-4 (S/cm2)
    half = 0.00043 (mM)
    hill = 4.8
    ztau = 1 (ms)
}

ASSIGNED {
    v (mV)
    ek (mV)
    cai (mM)
    ik (mA/cm2)
    g (S/cm2)
    zinf
}

STATE { z }

INITIAL {
    activation(cai)
    z = zinf
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar * z
    ik = g * (v - ek)
}

DERIVATIVE states {
    activation(cai)
    z' = (zinf - z) / ztau
}

PROCEDURE activation(cai (mM)) {
    if (cai > 1e-9) {
        zinf = 1 / (1 + (half / cai)^hill)
    } else {
        zinf = 0
    }
}
