"""Make a new project: recognise morphologies and e-models, and write the files of a project."""
