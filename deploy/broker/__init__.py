"""The broker's configuration: who may write and read which topic."""
