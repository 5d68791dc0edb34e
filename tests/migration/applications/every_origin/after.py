"""The whole application for every origin, as most tutorials do it."""

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
