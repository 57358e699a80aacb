"""The hostile wallet: it answers a relying party as an attacker would, one case at a time."""
