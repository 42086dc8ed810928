"""The figures of `./loa bench`: each module bench_*.py names its own in `FIGURES: tuple[Figure, ...]`."""
