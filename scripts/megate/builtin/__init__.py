"""The built-in evaluator, for e-models that consist of configuration files, without code.

- `package` reads the files and checks them with the JSON schemas in ``schemas``; `checks` and
  `distributions` check that their contents are consistent and safe to evaluate;
- `evaluator` creates BluePyOpt's evaluator from them: its cell (`cell`, `morphology`), protocols
  (`steps`, `recordings`; `main` for the searches of currents) and target features (`features`).
"""
