"""The whole of Loa with a real browser and real nodes."""
