# SPDX-License-Identifier: Apache-2.0
"""E-model of an adapting pyramidal cell."""

from . import evaluator as evaluator

# `evaluator.create` takes morphologies and returns one CellEvaluator for each of them.
multieval = True
