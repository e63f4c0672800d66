"""The formats of e-models that `megate init` recognises, one module for each.

Each module has

- ``DESCRIPTION``: one line, what a folder of this format has;
- ``recognised(folder)``: whether a folder has it;
- ``emodels_in(folder)``: the e-models in the folder, as `found.FoundEmodel`.
"""
