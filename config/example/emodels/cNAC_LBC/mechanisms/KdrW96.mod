: SPDX-License-Identifier: Apache-2.0
: Delayed-rectifier potassium current of the interneuron of Wang and Buzsaki (1996),
: J. Neurosci. 16:6402-6413.

NEURON {
    THREADSAFE
    SUFFIX KdrW96
    USEION k READ ek WRITE ik
    RANGE gbar, g
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 0.009 (S/cm2)
    phi = 5
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

PROCEDURE rates(v (mV)) {
    LOCAL a, b, x
    x = (v + 34) / 10
    if (fabs(x) < 1e-6) {
        a = 0.1 * (1 + x / 2)
    } else {
        a = 0.1 * x / (1 - exp(-x))
    }
    b = 0.125 * exp(-(v + 44) / 80)
    ntau = 1 / (phi * (a + b))
    ninf = a / (a + b)
}
