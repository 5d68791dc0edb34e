"""A view that answers `OPTIONS` itself, because its decorator has `automatic_options=False`."""

from flask import Flask

from envcors import CORS, cross_origin

app = Flask("shop")
CORS(app)


@app.route("/items", methods=["GET", "PUT"])
@cross_origin(
    origins=["https://app.example.com"], methods=["GET", "HEAD", "POST", "PUT"], allow_headers=["Content-Type"]
)
def items() -> list[str]:
    return ["lamp"]
