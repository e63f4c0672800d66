"""The steps of the workflow that combine several packages: a function for each rule's script."""
