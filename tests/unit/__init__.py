"""Pure tests that mirror the source; no input or output."""
