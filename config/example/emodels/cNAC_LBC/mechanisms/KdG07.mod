: SPDX-License-Identifier: Apache-2.0
: Slowly inactivating potassium current (D current) of fast-spiking interneurons:
: Golomb et al. (2007), PLoS Comput. Biol. 3:e156.

NEURON {
    THREADSAFE
    SUFFIX KdG07
    USEION k READ ek WRITE ik
    RANGE gbar, g
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (S) = (siemens)
}

PARAMETER {
    gbar = 1e-4 (S/cm2)
    atau = 2 (ms)
    btau = 150 (ms)
}

ASSIGNED {
    v (mV)
    ek (mV)
    ik (mA/cm2)
    g (S/cm2)
    ainf
    binf
}

STATE { a b }

INITIAL {
    rates(v)
    a = ainf
    b = binf
}

BREAKPOINT {
    SOLVE states METHOD cnexp
    g = gbar * a * a * a * b
    ik = g * (v - ek)
}

DERIVATIVE states {
    rates(v)
    a' = (ainf - a) / atau
    b' = (binf - b) / btau
}

PROCEDURE rates(v (mV)) {
    ainf = 1 / (1 + exp(-(v + 50) / 20))
    binf = 1 / (1 + exp((v + 70) / 6))
}
