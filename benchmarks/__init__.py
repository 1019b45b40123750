"""How fast dcmtool is, each figure measured side by side with what it is compared with."""
