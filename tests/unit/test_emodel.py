"""E-model packages: what belongs to one, what its content is, which mechanisms it needs."""
