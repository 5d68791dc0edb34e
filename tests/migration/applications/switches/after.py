"""Switches that envcors does not have."""

from flask import Flask

from envcors import CORS

app = Flask("shop")
CORS(app)


@app.get("/items")
def items() -> list[str]:
    return ["lamp"]


@app.put("/items/1")
def change() -> list[str]:
    return ["lamp"]
