"""`python -m peak_app.embedded.ai_server --host 127.0.0.1 --port 3010`."""

import argparse

from peak_app.embedded.ai_server.server import main

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="peak ai", description="The embedded, OpenAI-compatible AI server.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=3010)
    arguments = parser.parse_args()
    main(arguments.host, arguments.port)
