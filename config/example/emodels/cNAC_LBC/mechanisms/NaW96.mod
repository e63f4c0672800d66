: SPDX-License-Identifier: Apache-2.0
: Fast sodium current of the interneuron of Wang and Buzsaki (1996), J. Neurosci. 16:6402-6413.
: There m = minf; here m follows with the same rates, so that fixed time steps are stable too.

NEURON {
    THREADSAFE
    SUFFIX NaW96
    USEION na READ ena WRITE ina
    RANGE gbar, g
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.035 (S/cm2)
    phi = 5
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

PROCEDURE rates(v (mV)) {
    LOCAL a, b, x
    x = (v + 35) / 10
    if (fabs(x) < 1e-6) {
        a = 1 + x / 2
    } else {
        a = x / (1 - exp(-x))
    }
    b = 4 * exp(-(v + 60) / 18)
    mtau = 1 / (phi * (a + b))
    minf = a / (a + b)
    a = 0.07 * exp(-(v + 58) / 20)
    b = 1 / (1 + exp(-(v + 28) / 10))
    htau = 1 / (phi * (a + b))
    hinf = a / (a + b)
}
