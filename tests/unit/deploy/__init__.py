"""deploy without input or output."""
