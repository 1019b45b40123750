"""`@file`: DCMTK's tokeniser, one level, and files that cannot be used."""

import os
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcmtool.config.command_file import MAX_BYTES, expand, tokens
from dcmtool.errors import InputFileError

SEPARATORS = b" \t\n\r"

# (bytes of the file, arguments): what echoscu 3.6.7 makes of them
TOKENISED = [
    (b"", []),
    (b" \t\r\n", []),
    (b"a b\tc\nd\re\r\nf", [b"a", b"b", b"c", b"d", b"e", b"f"]),
    (b"a\x0bb\x0cc\xc2\xa0d", [b"a\x0bb\x0cc\xc2\xa0d"]),
    (b"\xef\xbb\xbf-v h", [b"\xef\xbb\xbf-v", b"h"]),
    (b"\"A B\" 'C D'", [b"A B", b"C D"]),
    (b'"it\'s" \'say "x"\'', [b"it's", b'say "x"']),
    (b'"a\n b"', [b"a\n b"]),
    (b'"A""B"', [b"A", b"B"]),
    (b'"A B"C', [b"A B", b"C"]),
    (b"'' \"\"", [b"", b""]),
    (b'A"B C"D', [b"AB C", b"D"]),
    (b'-aet="x y"', [b"-aet=x y"]),
    (b"O'Neil", [b"ONeil"]),
    (b"O'", [b"O"]),
    (b'x "', [b"x"]),
    (b'"open to the\nend ', [b"open to the\nend "]),
    (b'"A\\"B"', [b"A\\", b"B"]),
    (b"a # b", [b"a", b"#", b"b"]),
    (b"@other @", [b"@other", b"@"]),
]


@pytest.mark.parametrize(("text", "expected"), TOKENISED)
def test_tokens_are_those_of_dcmtk(text: bytes, expected: list[bytes]) -> None:
    assert list(tokens(text)) == expected


def tokens_byte_by_byte(text: bytes) -> list[bytes]:
    """The same rules as a state machine, which is how the reference states them."""
    found: list[bytes] = []
    token, quote = b"", b""
    for byte in (text[i : i + 1] for i in range(len(text))):
        if quote and byte == quote:
            found.append(token)
            token, quote = b"", b""
        elif quote or byte not in b" \t\n\r\"'":
            token += byte
        elif byte in b"\"'":
            quote = byte
        elif token:
            found.append(token)
            token = b""
    return [*found, token] if token else found


@given(st.lists(st.sampled_from([b" ", b"\n", b'"', b"'", b"\\", b"a", b"@", b"\xff"])).map(b"".join))
def test_the_tokeniser_agrees_with_the_state_machine(text: bytes) -> None:
    assert list(tokens(text)) == tokens_byte_by_byte(text)


@given(st.lists(st.binary(max_size=20).filter(lambda raw: b'"' not in raw)))
def test_quoted_arguments_come_back_as_they_are(arguments: list[bytes]) -> None:
    assert list(tokens(b" ".join(b'"' + raw + b'"' for raw in arguments))) == arguments


def test_files_are_expanded_where_they_stand(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("-aet 'MY TITLE'")
    (tmp_path / "two").write_text("@three\n")
    (tmp_path / "empty").write_text(" \n")
    argv = ["echo", f"@{tmp_path}/one", "host", "@", f"@{tmp_path}/two", f"@{tmp_path}/empty", "104"]
    assert expand(argv) == ["echo", "-aet", "MY TITLE", "host", "@", "@three", "104"]


def test_bytes_that_are_not_text_survive(tmp_path: Path) -> None:
    (tmp_path / "raw").write_bytes(b"-aec \xff\xfe")
    assert [os.fsencode(word) for word in expand([f"@{tmp_path}/raw"])] == [b"-aec", b"\xff\xfe"]


def test_a_file_name_need_not_be_text(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"\xff")
    Path(os.fsdecode(path)).write_text("-v")
    assert expand(["@" + os.fsdecode(path)]) == ["-v"]


def test_a_pipe_is_read_to_its_end(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=("-v host 104",))
    writer.start()
    assert expand([f"@{pipe}"]) == ["-v", "host", "104"]
    writer.join()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file or directory"),
        (b"-v\0 host", "NUL byte"),
        (b"x" * (MAX_BYTES + 1), f"larger than {MAX_BYTES} bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "file"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputFileError, match=re.escape(reason)) as caught:
        expand(["h", f"@{path}", "1"])
    assert caught.value.path == str(path)


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="Is a directory"):
        expand([f"@{tmp_path}"])


def test_an_endless_device_ends() -> None:
    with pytest.raises(InputFileError, match="larger than"):
        expand(["@/dev/zero"])


def test_a_large_file_is_quick_to_read() -> None:
    assert len(list(tokens(b"a " * (MAX_BYTES // 2)))) == MAX_BYTES // 2
