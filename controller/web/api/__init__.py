"""/api/v1: each route parses, calls one operation or query, and answers."""
