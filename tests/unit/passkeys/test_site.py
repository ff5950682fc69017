"""At which addresses browsers make passkeys, and for which name."""

from collections.abc import Callable

import pytest

from peak_app.config import Settings
from peak_app.domain.passkeys.site import passkey_site
from peak_app.ports.passkeys import Site


@pytest.mark.parametrize(
    ("public_url", "site"),
    [
        (None, Site("http://localhost:3000", "localhost")),
        ("http://127.0.0.1:8080", Site("http://localhost:3000", "localhost")),
        ("http://localhost:8080", Site("http://localhost:8080", "localhost")),
        ("http://[::1]:8080", Site("http://localhost:3000", "localhost")),
        ("https://peak.example.org", Site("https://peak.example.org", "peak.example.org")),
        ("https://Peak.example.org:8443/", Site("https://peak.example.org:8443", "peak.example.org")),
        # Browsers make none without TLS, and none for a number.
        ("http://peak.example.org", None),
        ("https://192.0.2.1", None),
        ("http://192.0.2.1:3000", None),
    ],
)
def test_passkeys_are_made_for_a_name_that_browsers_trust(
    settings_for_tests: Callable[..., Settings], public_url: str | None, site: Site | None
) -> None:
    assert passkey_site(settings_for_tests(public_url=public_url)) == site
