"""The bodies of answers, made from the domain's values."""
