"""What several tests share: a real broker, waiting with a bound."""
