"""`dcmtool echo` and `echoscu` side by side, with the same command lines and the same peer."""
