"""How the recogniser's model is read."""

from peak_app.embedded.ai_server.speech.moonshine import Token, read_vocabulary


def test_the_vocabulary_is_read_piece_by_piece_and_its_marks_stand_for_no_text() -> None:
    long = b"\xe2\x96\x81" * 60
    content = b"\x05<unk>" + b"\x04\xe2\x96\x81a" + bytes([128 + 180 % 128, 180 // 128]) + long + b"\x01<" + b"\x01\xe2"
    assert read_vocabulary(content) == [b"", b" a", b" " * 60, b"<", b"\xe2"]


def test_half_a_letter_is_told_by_its_bytes() -> None:
    assert Token(b"\xe2", -0.123456).describe() == {"token": "\ufffd", "bytes": [0xE2], "logprob": -0.1235}
