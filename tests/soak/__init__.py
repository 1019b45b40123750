"""What a million echoes come to: neither a loss nor growth (`make soak`)."""
