"""What came out of a verification, for programs: JSON, a monitor's line; and advice for people."""
