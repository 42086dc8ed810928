"""What the office decides and judges, pure: values in, values out; no clock, no chance, no disk."""
