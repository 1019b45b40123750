"""What the tab key offers, and the scripts that ask for it."""

VARIABLE = "_DCMTOOL_COMPLETE"  # set by a shell that asks what could come next
