"""The tests of Loa; CONTRIBUTING.md says which kind goes where."""
