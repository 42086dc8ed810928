"""The commune's office: decisions, plans, and verdicts on what was heard."""
