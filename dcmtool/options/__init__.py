"""Every option as data, the values that they have and where from, and the settings that values come to."""
