"""The node's loop: one turn, what came in, what is told, and the ports it speaks through."""
