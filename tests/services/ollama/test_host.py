from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chimera_tui.domain.errors import SettingInvalid
from chimera_tui.services.ollama.host import DEFAULT_HOST, address, parse_host


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (None, "http://127.0.0.1:11434"),
        ("", "http://127.0.0.1:11434"),
        ("1.2.3.4", "http://1.2.3.4:11434"),
        (":8080", "http://127.0.0.1:8080"),
        ("1.2.3.4:8080", "http://1.2.3.4:8080"),
        ("1.2.3.4:", "http://1.2.3.4:11434"),
        ("http://1.2.3.4", "http://1.2.3.4:80"),
        ("https://1.2.3.4", "https://1.2.3.4:443"),
        ("HTTPS://gpu-box", "https://gpu-box:443"),
        ("https://gpu-box:56789", "https://gpu-box:56789"),
        ("example.com", "http://example.com:11434"),
        ("example.com/", "http://example.com:11434"),
        ("example.com/path", "http://example.com:11434/path"),
        ("https://example.com:56789/path/to/", "https://example.com:56789/path/to"),
        ("ollama.com", "https://ollama.com:443"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("::1", "http://[::1]:11434"),
        ("[0001:002:003:0004::1]", "http://[1:2:3:4::1]:11434"),
        ("http://[fe80::1%eth0]", "http://[fe80::1%eth0]:80"),
        ("https://[::1]/path", "https://[::1]:443/path"),
        ("  'http://gpu-box:11434' ", "http://gpu-box:11434"),
        ('"gpu-box"', "http://gpu-box:11434"),
        ("１２７.0.0.1", "http://127.0.0.1:11434"),
        ("bücher.example", "http://xn--bcher-kva.example:11434"),
    ],
)
def test_the_variable_is_read_as_ollama_reads_it(text: str | None, url: str) -> None:
    assert parse_host(text) == url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:8080", "http://127.0.0.1:8080"),
        ("http://0.0.0.0:11434/x", "http://127.0.0.1:11434/x"),
        ("[::]", "http://[::1]:11434"),
        ("[::]:8080", "http://[::1]:8080"),
        ("::", "http://[::1]:11434"),
    ],
)
def test_an_address_to_listen_on_becomes_one_to_connect_to(text: str, url: str) -> None:
    assert parse_host(text) == url


@pytest.mark.parametrize(
    "text",
    ["gpu-box:eighty", "gpu-box:0", "gpu-box:65536", "gpu-box:-1", "gpu-box:９", "ftp://gpu-box", "unix:///run/x",
     "a b", "user:secret@gpu-box:80", "user@gpu-box", "[::1", "[::1]x", "[nonsense]:80", "1:2:3", "gpu-box?x=1",
     "gpu-box/a b", "gpu-box/?a", "gpu\x1b[31mbox", "x" * 64 + "ä.example"],
)  # fmt: skip
def test_what_is_no_address_says_what_and_what_to_do(text: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        parse_host(text)
    info = caught.value.info
    assert info.where == "OLLAMA_HOST"
    assert "127.0.0.1:11434" in info.next
    assert "\x1b" not in info.sentence()


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_a_clear_error(text: str) -> None:
    try:
        url = parse_host(text)
    except SettingInvalid as error:
        assert error.info.next
    else:
        assert parse_host(url) == url
        assert not url.endswith("/")


def test_an_address_is_taken_apart_for_a_socket() -> None:
    assert address("https://[::1]/ollama/") == (True, "::1", 443, "/ollama")
    assert address(DEFAULT_HOST) == (False, "127.0.0.1", 11434, "")
