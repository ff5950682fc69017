"""Moonshine tiny-en, token by token: unlike the package that carries the model, this tells how sure it was of each."""

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from peak_app.embedded.ai_server.speech.pcm import EAR_RATE_HZ, Samples

Array = NDArray[Any]

_START, _END = 1, 2
_TOKENS_PER_S = 6.5
"""Nobody speaks faster; a model that has lost its way says the same thing for ever."""
_PAST_SHAPE = (1, 8, 0, 36)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of text in UTF-8, which may end within a letter, and the natural logarithm of its probability."""

    data: bytes
    logprob: float

    def describe(self) -> dict[str, Any]:
        """The token as the API carries it."""
        text = self.data.decode(errors="replace")
        return {"token": text, "bytes": list(self.data), "logprob": round(self.logprob, 4)}


class Moonshine:
    """Takes about 100 MB. Used by one thread at a time."""

    def __init__(self) -> None:
        folder = _model_folder()
        self._encoder = _session(folder / "encoder_model.ort")
        self._decoder = _session(folder / "decoder_model_merged.ort")
        self._pieces = read_vocabulary((folder / "tokenizer.bin").read_bytes())
        self._outputs = [output.name for output in self._decoder.get_outputs()]
        self._past = [entry.name for entry in self._decoder.get_inputs() if entry.name.startswith("past_key_values.")]

    def read(self, samples: Samples) -> list[Token]:
        """The most likely tokens of 16 kHz speech, one after the other."""
        sound = samples[np.newaxis]
        mask = np.ones(sound.shape, np.int64)
        feeds: dict[str, Array] = {
            "encoder_hidden_states": _run(self._encoder, {"input_values": sound, "attention_mask": mask})[0],
            "encoder_attention_mask": mask,
            "input_ids": np.array([[_START]], np.int64),
            "use_cache_branch": np.array([False]),
            **dict.fromkeys(self._past, np.zeros(_PAST_SHAPE, np.float32)),
        }
        tokens: list[Token] = []
        for number in range(int(len(samples) / EAR_RATE_HZ * _TOKENS_PER_S)):
            made = dict(zip(self._outputs, _run(self._decoder, feeds), strict=True))
            scores = made["logits"][0, -1]
            best = int(scores.argmax())
            if best == _END:
                break
            if data := self._pieces[best]:
                tokens.append(Token(data, -float(np.log(np.exp(scores - scores[best]).sum()))))
            for name in self._past:
                # What the decoder knows of the sound comes with its first answer only.
                if number == 0 or ".decoder." in name:
                    feeds[name] = made[name.replace("past_key_values", "present")]
            feeds["input_ids"] = np.array([[best]], np.int64)
            feeds["use_cache_branch"] = np.array([True])
        return tokens


def _model_folder() -> Path:
    spec = find_spec("moonshine_voice")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("The package moonshine-voice is not installed.")
    return Path(spec.submodule_search_locations[0]) / "assets" / "tiny-en"


def _session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # The arena keeps the largest request ever seen.
    options.enable_cpu_mem_arena = False
    options.enable_mem_pattern = False
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _run(session: onnxruntime.InferenceSession, feeds: dict[str, Array]) -> list[Array]:
    return [np.asarray(made) for made in session.run(None, feeds)]


def read_vocabulary(content: bytes) -> list[bytes]:
    """The text of each token; empty for those that stand for no text.

    Each is its length, in one byte or (from 128 on) two, and its bytes; a lower one eighth block stands for a space.
    """
    pieces: list[bytes] = []
    at = 0
    while at < len(content):
        length = content[at]
        at += 1
        if length >= 128:
            length += content[at] * 128 - 128
            at += 1
        piece = content[at : at + length]
        at += length
        is_mark = len(piece) > 2 and piece.startswith(b"<") and piece.endswith(b">")
        pieces.append(b"" if is_mark else piece.replace("\u2581".encode(), b" "))
    return pieces
