"""The tables that say which combinations there are: recipe, neuronDB, circuit, maps."""
