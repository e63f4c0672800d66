# SPDX-License-Identifier: Apache-2.0
"""E-model of a fast-spiking interneuron."""

from . import evaluator as evaluator
