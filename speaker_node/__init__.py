"""The agent on the Raspberry Pi: speaks at the right second and tells what was truly heard."""
