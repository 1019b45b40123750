"""Logging configurations: Python's own forms, and DCMTK's logger.cfg."""
