"""Steps of the workflow that combine several packages in more than a few calls, each a function."""
