"""One simulation: an e-model's protocols on a morphology.

`run` runs a job in a child process. There, `evaluator` runs the protocols and scores them; `sweeps`
runs each sweep (one protocol run) in a forked `sweep_worker` with a `warm_cell`, which is built
once. `neuron_state` and `package_state` check that sweeps do not influence each other.
"""
