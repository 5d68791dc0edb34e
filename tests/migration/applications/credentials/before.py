"""Cookies for listed origins, and response headers that scripts read."""

from flask import Flask
from flask_cors import CORS

app = Flask("shop")
CORS(
    app,
    origins=["https://app.example.com", "https://admin.example.com"],
    supports_credentials=True,
    expose_headers=["X-Total", "X-Page"],
)


@app.get("/items")
def items() -> tuple[list[str], dict[str, str]]:
    return ["lamp"], {"X-Total": "1", "X-Page": "1"}


@app.post("/broken")
def broken() -> str:
    raise ValueError
