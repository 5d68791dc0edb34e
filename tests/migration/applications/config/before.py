"""Options in `app.config`, with a key that Flask-CORS ignores."""

from flask import Flask
from flask_cors import CORS

app = Flask("shop")
app.config["CORS_HEADERS"] = "Content-Type"
app.config["CORS_ORIGINS"] = ["https://app.example.com"]
app.config["CORS_ALLOW_HEADERS"] = ["Content-Type", "X-Requested-With"]
app.config["CORS_EXPOSE_HEADERS"] = "X-Total"
app.config["CORS_SUPPORTS_CREDENTIALS"] = True
CORS(app)


@app.route("/items", methods=["GET", "POST"])
def items() -> tuple[list[str], dict[str, str]]:
    return ["lamp"], {"X-Total": "1"}
