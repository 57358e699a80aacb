"""The web pages of the sandbox: what a person sees of each role, in Dutch and English."""
