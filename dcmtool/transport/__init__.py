"""Drivers that obey a procedure's steps on a real connection; the only place where system errors are seen."""
