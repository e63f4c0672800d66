"""The configuration: megate's own file or BluePyMM's three, checked and complete."""
