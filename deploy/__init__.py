"""Everything around the two programs: demo, set-up, checks, broker and units."""
