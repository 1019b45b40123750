"""What is seen between two others."""
