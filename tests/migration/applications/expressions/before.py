"""Origins as expressions, as strings and compiled."""

import re

from flask import Flask
from flask_cors import CORS

app = Flask("shop")
CORS(
    app,
    origins=[
        r"http://localhost:\d+",
        r"^https://(app|admin)\.example\.com$",
        re.compile(r"https://(.+\.)?example\.org"),
        r"https?://shop\.example\.net",
    ],
)


@app.get("/items")
def items() -> list[str]:
    return ["lamp"]


@app.put("/items/1")
def change() -> list[str]:
    return ["lamp"]
