"""Documents, schemas, and one suite over a double and the real adapter."""
