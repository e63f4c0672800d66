"""One simulation: an e-model's protocols on a morphology, in a child process.

From the outside to the inside:

- `run`: run one job in a child process and collect its result;
- `evaluator`: in that process, create the e-model's evaluator, run its protocols, score them;
- `sweeps`: run each sweep (one protocol run) in a forked worker process;
- `sweep_worker`: that process;
- `warm_cell`: the cell in it, built once and attached to one sweep after the other;
- `neuron_state`, `package_state`: checks that the sweeps do not influence each other.

Beside these, `features` and `traces` report the results, `compat` and `efel_core` adapt BluePyOpt
and eFEL, and `apical_recordings` finds out whether an e-model needs apical points.
"""
