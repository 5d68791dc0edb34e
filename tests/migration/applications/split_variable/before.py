"""Origins that code splits out of a variable; a person wrote a space after the comma."""

import os

from flask import Flask
from flask_cors import CORS

app = Flask("shop")
ORIGINS = os.environ.get("SHOP_PAGES", "https://app.example.com, https://admin.example.com")
CORS(app, origins=ORIGINS.split(","))


@app.route("/items", methods=["GET", "POST"])
def items() -> list[str]:
    return ["lamp"]
