"""A view that answers `OPTIONS` itself, because its decorator has `automatic_options=False`."""

from flask import Flask
from flask_cors import cross_origin

app = Flask("shop")


@app.route("/items", methods=["GET", "PUT", "OPTIONS"])
@cross_origin(origins="https://app.example.com", allow_headers=["Content-Type"], automatic_options=False)
def items() -> list[str]:
    return ["lamp"]
