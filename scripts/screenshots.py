"""Makes the pictures of the inspector in docs/images: ``make screenshots``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.chromium import find

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
APPLICATION = """
from flask import Flask
from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.route("/api/items", methods=["GET", "POST", "PUT"])
def items():
    return ["lamp", "anchor"]
"""
DOTENV = "CORS_ENV=development\nCORS_INSPECTOR=true\nCORS_ORIGINS=http://localhost:5173\n"
PORT = 5098
URL = f"http://localhost:{PORT}"


def main() -> None:
    """Start an application, block a request of its front end, and take the pictures."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        Path(name, "app.py").write_text(APPLICATION)
        Path(name, ".env").write_text(DOTENV)
        command = [sys.executable, "-m", "flask", "run", "--port", str(PORT)]
        server = subprocess.Popen(
            command, cwd=name, env={**os.environ, "CI": "true"}, stderr=subprocess.PIPE, text=True
        )
        try:
            for line in server.stderr or ():
                if "Running on" in line:
                    break
            asked = {"Origin": "http://localhost:5173", "Access-Control-Request-Method": "PUT"}
            request = urllib.request.Request(f"{URL}/api/items", method="OPTIONS", headers=asked)  # noqa: S310 - our own
            urllib.request.urlopen(request).close()  # noqa: S310 - as above
            take()
        finally:
            server.terminate()
            server.wait()


def take() -> None:
    """Take a picture for each colour scheme."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(playwright), args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(viewport={"width": 900, "height": 560}, color_scheme=scheme)
            page.goto(f"{URL}/_cors")
            page.screenshot(path=str(IMAGES / f"inspector-{scheme}.png"))
        browser.close()


if __name__ == "__main__":
    main()
