"""The formats of morphologies: each module reads one into sections."""
