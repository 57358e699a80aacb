"""Findings about a request, before a wallet sees it: each with severity, section, place and a fix."""
