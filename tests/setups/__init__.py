"""Set-ups that fail an echo, or look odd, each a value of `catalogue.SETUPS`: real software if there is."""
