"""All checks, in the order of the table."""

from cases_config import CONFIG
from cases_inputs import INPUTS

CASES = [*CONFIG, *INPUTS]
