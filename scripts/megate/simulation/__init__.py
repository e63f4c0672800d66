"""One simulation: an e-model's protocols on a morphology.

`run` runs a job in a child process. There, `evaluator` runs the protocols and scores them; `sweeps`
runs each sweep (one protocol run) in a fork of the process that has built the cell
(`sweep_processes`, `built_cell`). Sweeps that start alike share their start (`shared_start`);
`neuron_state` and `package_state` check that they do.
"""
