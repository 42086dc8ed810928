"""deploy with its real partners."""
