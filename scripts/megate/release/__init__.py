"""The release: the files that circuit builders read."""
