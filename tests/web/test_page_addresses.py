"""No page is forgotten when their speed is measured."""

from benchmarks.page_addresses import Examples, addresses, endpoints
from tests.web.pages_site import Site

EXAMPLES = Examples(
    busy=1,
    calm=2,
    deploy=1,
    newest=2,
    sha="a" * 40,
    events=(1, 2),
    fingerprints=(1,),
    near=(1, 2),
    of_class=(1, 2),
    check=1,
    report=1,
)


def test_every_page_has_an_address_to_be_measured_at(quick_site: Site) -> None:
    known = addresses(EXAMPLES)
    assert {name for name, asked in known.items() if asked} == endpoints(quick_site.app)


def test_every_address_leads_to_the_page_it_stands_for(quick_site: Site) -> None:
    where = quick_site.app.url_map.bind("localhost")
    for name, asked in addresses(EXAMPLES).items():
        for address in asked:
            endpoint, _ = where.match(address.partition("?")[0], "GET")
            assert endpoint == name, address
