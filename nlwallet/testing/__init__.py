"""What a relying party needs to test with: a wallet in its own tests, and the browser in between."""
