"""The pages: plain HTML that needs no script."""
