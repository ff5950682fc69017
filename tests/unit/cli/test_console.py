import io
from pathlib import Path

from peak_app.cli.console import LOG_BYTES, Console


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_a_line_carries_the_name_of_its_component(tmp_path: Path):
    stream = io.StringIO()
    Console(tmp_path, width=8, stream=stream).line("bridge", "starts")
    assert stream.getvalue() == "bridge   | starts\n"


def test_colour_is_for_terminals_alone(tmp_path: Path):
    terminal = Terminal()
    Console(tmp_path, width=6, stream=terminal).line("bridge", "starts")
    assert terminal.getvalue() == "\x1b[36mbridge\x1b[0m | starts\n"


def test_a_child_can_not_move_the_cursor_or_break_the_line(tmp_path: Path):
    stream = io.StringIO()
    Console(tmp_path, width=3, stream=stream).line("web", "a\x1b[2Jb\x1b[31mc\rd\x07\x9b1me\tf")
    assert stream.getvalue() == "web | abcd1me\tf\n"


def test_lines_are_kept_in_a_file_that_only_the_owner_reads(tmp_path: Path):
    Console(tmp_path / "logs", width=3, stream=io.StringIO()).line("web", "hello")
    log = tmp_path / "logs" / "web.log"
    assert log.read_text().endswith("Z hello\n")
    assert log.stat().st_mode & 0o777 == 0o600


def test_a_log_that_grew_too_long_makes_room(tmp_path: Path):
    log = tmp_path / "web.log"
    log.write_bytes(b"x" * (LOG_BYTES + 1))
    Console(tmp_path, width=3, stream=io.StringIO()).line("web", "new")
    assert log.stat().st_size < 100
    assert (tmp_path / "web.log.1").stat().st_size == LOG_BYTES + 1


def test_a_reader_that_went_away_does_not_stop_the_log(tmp_path: Path):
    console = Console(tmp_path, width=3, stream=Gone())
    console.line("web", "first")
    console.line("web", "second")
    assert (tmp_path / "web.log").read_text().count("\n") == 2
