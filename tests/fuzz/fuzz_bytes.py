"""Hostile octets and text: a valid message, cut, flipped, repeated; and DER whose parts were exchanged."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

_OCTETS = st.one_of(
    st.binary(min_size=1, max_size=4),
    st.sampled_from(
        (b"\0", b"\xff", b"\x80", b".", b"~", b"=", b"&", b"%", b"%0", b"%ff", b"+", b'"', b"{", b"[")
    ),
    st.sampled_from((b"A" * 70_000, b"[" * 100_000, b"&a=" * 40, b"~" * 5_000, b"." * 1_000)),
)


@st.composite
def mutated_bytes(draw: DrawFn, valid: bytes) -> bytes:
    """``valid`` after one to four mutations: an octet or a stretch of it changed, cut out, moved, repeated."""
    data = valid
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from((0, 1, 1, 2, 8, 64, 100_000))))
        piece = data[start:end]
        put = draw(
            st.one_of(
                st.just(b""),
                _OCTETS,
                st.just(bytes(octet ^ 1 for octet in piece)),
                st.just(piece[::-1]),
                st.just(piece * 2),
                st.just(piece.swapcase()),
                st.just(data[:64]),
            )
        )
        data = data[:start] + put + data[end:]
    return data


def mutated_text(valid: str) -> SearchStrategy[str]:
    """As :func:`mutated_bytes`; the result may hold any character."""
    return mutated_bytes(valid.encode()).map(lambda data: data.decode("utf-8", "surrogateescape")) | st.text(
        max_size=40
    )


class Der:
    """One value of DER; ``parts`` where it is made of others, else its content."""

    def __init__(self, tag: int, content: bytes, parts: list[Der] | None) -> None:
        self.tag, self.content, self.parts = tag, content, parts

    @classmethod
    def read(cls, data: bytes) -> list[Der]:
        """The values in ``data``, which is DER with short tags."""
        values = []
        while data:
            tag, length, head = data[0], data[1], 2
            if length >= 0x80:
                head += length - 0x80
                length = int.from_bytes(data[2:head])
            content = data[head : head + length]
            values.append(cls(tag, content, cls.read(content) if tag & 0x20 else None))
            data = data[head + length :]
        return values

    def write(self) -> bytes:
        """DER again, with lengths that fit."""
        content = self.content if self.parts is None else b"".join(part.write() for part in self.parts)
        size = len(content)
        octets = size.to_bytes((size.bit_length() + 7) // 8) if size >= 0x80 else b""
        return bytes((self.tag, 0x80 | len(octets) if octets else size)) + octets + content

    def all(self) -> list[Der]:
        """This value and all those in it."""
        return [self, *(inner for part in self.parts or () for inner in part.all())]


_TAGS = (
    0x01,
    0x02,
    0x03,
    0x04,
    0x05,
    0x06,
    0x0C,
    0x13,
    0x16,
    0x17,
    0x18,
    0x1C,
    0x1E,
    0x30,
    0x31,
    0x80,
    0x82,
    0xA0,
)
_CONTENTS = (
    b"", b"\0", b"\xff", b"\0\0\x01", b"\x80" * 20, b"\x55\x04\x06", b"\x55\x1d\x13",
    b"\x2a\x86\x48\xce\x3d\x03\x01\x07", b"99991231235959Z",
    b"000101000000Z", b"\x30\x80\0\0", b"a" * 300, b"\xd8\x00", b"https://[", b"*.example",
)  # fmt: skip


@st.composite
def mutated_der(draw: DrawFn, valid: bytes) -> bytes:
    """DER whose lengths are right, while its tags, its contents and the order of its parts may be others."""
    (root,) = Der.read(valid)
    for _ in range(draw(st.integers(1, 3))):
        values = root.all()
        value, other = draw(st.sampled_from(values)), draw(st.sampled_from(values))
        kind = draw(st.integers(0, 5))
        if kind == 0:
            value.tag = draw(st.sampled_from(_TAGS))
        elif kind == 1:
            value.content, value.parts = draw(st.sampled_from(_CONTENTS)), None
        elif kind == 2 and value.parts:
            value.parts.pop(draw(st.integers(0, len(value.parts) - 1)))
        elif kind == 3 and value.parts:
            value.parts.insert(0, draw(st.sampled_from(value.parts)))
        elif kind == 4 and value not in other.all():
            value.tag, value.content, value.parts = other.tag, other.content, other.parts
        else:
            value.content, value.parts = (
                draw(mutated_bytes(value.content)) if value.parts is None else b"",
                value.parts,
            )
    return root.write()
