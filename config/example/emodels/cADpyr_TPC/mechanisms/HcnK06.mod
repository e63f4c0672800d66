: SPDX-License-Identifier: Apache-2.0
: Hyperpolarisation-activated cation current (Ih) of layer 5 pyramidal cells:
: Kole, Hallermann and Stuart (2006), J. Neurosci. 26:1677-1687.

NEURON {
    THREADSAFE
    SUFFIX HcnK06
    NONSPECIFIC_CURRENT ih
    RANGE gbar, g
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 1e-5 (S/cm2)
    eh = -45 (mV)
}

ASSIGNED {
    v (mV)
    ih (mA/cm2)
    g (S/cm2)
    minf
    mtau (ms)
}

STATE { m }

INITIAL {
    rates(v)
    m = minf
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar * m
    ih = g * (v - eh)
}

DERIVATIVE states {
    rates(v)
    m' = (minf - m) / mtau
}

: x / (exp(x / k) - 1), with its limit k at x = 0
FUNCTION expoid(x (mV), k (mV)) (mV) {
    if (fabs(x / k) < 1e-6) {
        expoid = k * (1 - x / k / 2)
    } else {
        expoid = x / (exp(x / k) - 1)
    }
}

PROCEDURE rates(v (mV)) {
    LOCAL a, b
    a = 0.00643 * expoid(v + 154.9, 11.9)
    b = 0.193 * exp(v / 33.1)
    mtau = 1 / (a + b)
    minf = a * mtau
}
