"""Options in `app.config`, with a key that Flask-CORS ignores."""

from flask import Flask

from envcors import CORS

app = Flask("shop")
CORS(app)


@app.route("/items", methods=["GET", "POST"])
def items() -> tuple[list[str], dict[str, str]]:
    return ["lamp"], {"X-Total": "1"}
