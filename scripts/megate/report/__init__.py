"""The report: data, and the pages that show it."""
