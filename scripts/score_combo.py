"""Score one combination.

Input: the morphology and the prepared e-model. Output: the shard with its scores, or with the
reason of its failure; its traces, if they are wanted.

A command, not a script of Snakemake: it starts faster, and a server may run it
(`megate.processes.server`).
"""

import sys

from megate.processes.server import run

if __name__ == "__main__":
    run("megate.steps.score_command:main", sys.argv[1:])
