"""What the tests of the three applications have in common: who the bar is."""

import pytest


@pytest.fixture(scope="session")
def bar(edi):
    """The bar at bar.example, registered to ask whether you are 18."""
    return edi.party("bar.example", "age_over_18", name="Bar De Proef", purpose="Check your age")
