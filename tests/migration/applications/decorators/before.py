"""Two decorated views; the application has no policy."""

from flask import Flask
from flask_cors import cross_origin

app = Flask("shop")


@app.get("/prices")
@cross_origin(origins="https://partner.example.com", methods=["GET"])
def prices() -> list[str]:
    return ["40"]


@app.route("/orders", methods=["GET", "DELETE"])
@cross_origin(origins=["https://app.example.com"], allow_headers=["Authorization"])
def orders() -> list[str]:
    return []


@app.get("/items")
def items() -> list[str]:
    return ["lamp"]
