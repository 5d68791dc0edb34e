"""The application that tests serve while they edit its ``.env``; copied into the directory that it is started in."""

import os
import subprocess
import sys

from flask import Flask

from envcors import CORS

app = Flask(__name__)
files = os.environ.get("SHOP_FILES")
if files is not None:
    CORS(app, env_file=files.split() or None)
else:
    CORS(app)


@app.get("/")
def state() -> dict[str, object]:
    """The process, and where the origins of its policy are set."""
    return {"process": os.getpid(), "source": app.extensions["envcors"].settings.source("origins")}


@app.get("/show")
def show() -> str:
    """What ``flask cors show`` prints in the environment of this process."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "shop", "cors", "show"], capture_output=True, text=True, check=False
    ).stdout


if __name__ == "__main__":
    app.run(port=int(sys.argv[1]), debug=True)
