"""What both sides agree on: documents, rules, topics and the wire."""
