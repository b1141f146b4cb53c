"""Frames to files, or to nothing with a reason."""

import pytest

from correlator.code.paths import PathIndex, find
from correlator.types import Frame

FILES = (
    "shop/cart.py",
    "shop/models.py",
    "blog/models.py",
    "src/main/java/com/acme/Checkout.java",
    "src/main/java/com/other/Checkout.java",
    "web/src/pages/Cart.tsx",
    "cmd/server/main.go",
    "setup.py",
)
INDEX = PathIndex(FILES)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("shop/cart.py", "shop/cart.py"),
        ("/srv/app/shop/cart.py", "shop/cart.py"),
        ("C:\\build\\shop\\cart.py", "shop/cart.py"),
        ("app:///shop/cart.py?v=3", "shop/cart.py"),
        ("webpack:///./web/src/pages/Cart.tsx?a1b2", "web/src/pages/Cart.tsx"),
        ("file:///home/me/web/src/pages/Cart.tsx", "web/src/pages/Cart.tsx"),
        ("https://cdn.example.org/src/pages/Cart.tsx", "web/src/pages/Cart.tsx"),
        ("/go/src/github.com/acme/shop/cmd/server/main.go", "cmd/server/main.go"),
        ("cart.py", "shop/cart.py"),
    ],
)
def test_a_name_finds_the_one_file_it_can_mean(name: str, path: str) -> None:
    assert find(Frame(filename=name), INDEX)[0] == path


@pytest.mark.parametrize(
    ("name", "because"),
    [
        ("models.py", "several files end like this"),
        ("../../etc/shop/cart.py", "the path climbs out"),
        ("shop/../../cart.py", "the path climbs out"),
        ("/srv/app/nothing.py", "no such file in the repository"),
        ("/elsewhere/billing/cart.py", "only the file's name is the same"),
        ("<frozen importlib>", "no such file in the repository"),
    ],
)
def test_what_is_doubtful_maps_to_nothing_and_says_why(name: str, because: str) -> None:
    assert find(Frame(filename=name), INDEX) == (None, because)


def test_a_java_file_name_is_told_apart_by_its_package() -> None:
    frame = Frame(filename="Checkout.java", module="com.acme.Checkout$Inner")
    assert find(frame, INDEX) == ("src/main/java/com/acme/Checkout.java", "module")


def test_a_dependency_of_the_same_name_is_not_our_file() -> None:
    frame = Frame(
        filename="setup.py", abs_path="/usr/lib/python3.11/site-packages/setup.py", in_app=False
    )
    assert find(frame, INDEX)[0] is None


def test_an_explicit_root_comes_before_any_guess() -> None:
    frame = Frame(filename="/opt/release/models.py")
    assert find(frame, INDEX, [("/opt/release/", "blog/")]) == ("blog/models.py", "root rule")
    assert find(frame, INDEX, [("/opt/", ""), ("/opt/release", "shop")])[0] == "shop/models.py"


def test_a_frame_out_of_the_app_counts_if_its_path_is_wholly_in_the_repository() -> None:
    assert find(Frame(filename="shop/cart.py", in_app=False), INDEX)[0] == "shop/cart.py"
