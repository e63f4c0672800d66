"""Adaptation: scale the axon initial segment (AIS) and the soma of each cell until their input
resistances are in the same proportion to the rest of the cell as in the e-model's exemplar.

The method is that of Arnaudon et al. 2023, iScience, doi:10.1016/j.isci.2023.108222. This package
has its geometry and its formulas; `megate.simulation.adapt` measures resistances in NEURON.
"""
