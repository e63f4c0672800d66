: SPDX-License-Identifier: Apache-2.0
: Calcium below the membrane: calcium current flows into a thin shell, and is removed at a first-
: order rate. Destexhe, Mainen and Sejnowski (1994), J. Comput. Neurosci. 1:195-230.

NEURON {
    THREADSAFE
    SUFFIX CaPoolD94
    USEION ca READ ica WRITE cai
    RANGE decay, gamma
}

UNITS {
    (mV) = (millivolt)
    (mA) = (milliamp)
    (mM) = (milli/liter)
    (um) = (micron)
    FARADAY = (faraday) (coulombs)
}

PARAMETER {
    gamma = 0.05        : share of the calcium that stays free
    decay = 80 (ms)
    depth = 0.1 (um)
    rest = 1e-4 (mM)
}

ASSIGNED {
    ica (mA/cm2)
}

STATE { cai (mM) }

INITIAL {
    cai = rest
}

BREAKPOINT {
    SOLVE states METHOD cnexp
}

DERIVATIVE states {
    cai' = -(10000) * gamma * ica / (2 * FARADAY * depth) - (cai - rest) / decay
}
