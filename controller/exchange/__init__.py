"""What goes down and what came up."""
