"""What people can do: one function = one permission check, one transaction, one audit entry."""
