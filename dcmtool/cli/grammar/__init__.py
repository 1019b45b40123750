"""The command line by DCMTK's rules: options as data, read, settled, and adapted to Click."""
