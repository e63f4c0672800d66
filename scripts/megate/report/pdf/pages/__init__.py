"""The pages of the PDF report: a module for each subject."""
