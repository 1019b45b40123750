"""Associations as procedures of steps, one for each side of it; and those of others, observed."""
