"""The figures of ./loa bench: one module bench_*.py for each subject."""
