"""Switches that envcors does not have."""

from flask import Flask
from flask_cors import CORS

app = Flask("shop")
CORS(app, origins="https://app.example.com", send_wildcard=True, always_send=False, vary_header=False)


@app.get("/items")
def items() -> list[str]:
    return ["lamp"]


@app.put("/items/1")
def change() -> list[str]:
    return ["lamp"]
