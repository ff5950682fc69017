"""Bounds of the embedded AI server. It shares a small machine with the whole product, so every bound is explicit."""

MAX_SESSIONS = 4
"""Simultaneous voice sessions. Speech recognition needs about a quarter of a core for each person speaking."""
MAX_SESSION_S = 3600
"""Longest voice session in seconds, the same as the real service allows."""
MAX_FRAME_BYTES = 16 * 2**20
"""Largest WebSocket message."""
MAX_BODY_BYTES = 64 * 2**20
"""Largest HTTP body: half an hour of 16 kHz mono WAV."""
MAX_AUDIO_EVENT_BYTES = 15 * 2**20
"""Largest audio of one append, after base64."""
MAX_INPUT_AUDIO_S = 900
"""Longest audio the input buffer holds, in seconds."""
MAX_ITEMS = 2000
"""Items of one conversation."""
MAX_TEXT_CHARS = 100_000
"""Longest instructions or item text."""
MAX_OUTBOX_BYTES = 32 * 2**20
"""Unsent bytes at which a client counts as stuck and is disconnected."""
PRODUCER_PAUSE_BYTES = 2 * 2**20
"""Unsent bytes at which speech output waits for the client to read."""
WRITE_TIMEOUT_S = 20
"""Longest a single event may take to be written before the client counts as gone."""
MAX_EMBEDDING_INPUTS = 2048
"""Texts of one embeddings request."""
MAX_SPEECH_CHARS = 4096
"""Longest text of one speech request."""
MAX_SIDE_RESPONSES = 2
"""Out-of-band responses of one session that may run at once."""
