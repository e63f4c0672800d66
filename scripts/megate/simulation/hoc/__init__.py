"""The evaluator of e-models that are a hoc: BluePyOpt's CellEvaluator with tests that compare a
cell with the exemplar (`megate.emodels.hoc_tests`)."""
