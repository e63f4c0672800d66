"""Words, names, errors: what every other package uses."""
