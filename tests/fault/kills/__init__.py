"""The controller killed with -9 at every named step, and what was acknowledged looked for afterwards."""
