"""What makes the files that dcmtool is handed out in."""
