"""Where numbers lead: the address of a list, for pages that have hundreds of them.

``url_for`` builds the whole address each time, which for a thousand takes a third of a page.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from urllib.parse import urlencode

from flask import url_for

# As Werkzeug leaves them: https://url.spec.whatwg.org/#percent-encoded-bytes
SAFE = "!$'()*,/:;?@"


def leads(endpoint: str) -> Callable[[Mapping[str, str]], str]:
    """What makes the address of this endpoint with a query; it takes no other arguments."""
    root = url_for(endpoint)

    def lead(query: Mapping[str, str]) -> str:
        return f"{root}?{'&'.join(map(_pair, query.items()))}" if query else root

    return lead


@lru_cache(maxsize=1024)
def _pair(one: tuple[str, str]) -> str:
    """Numbers of a page differ in a few filters, the same ones again and again."""
    return urlencode([one], safe=SAFE)
