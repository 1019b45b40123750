"""The peers that tests talk to: scripted ones, and real programs."""
