"""The EDI-stelsel on a laptop."""
