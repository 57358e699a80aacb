"""The wallet: keeps cards, asks its holder before anything leaves it, and answers requests."""
