"""What makes the documentation, the completion files and the packages."""
