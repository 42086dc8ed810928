"""A seeded commune under a virtual clock: real node loops, a real office, and everything around them that fails."""
