"""Two decorated views; the application has no policy."""

from flask import Flask

from envcors import CORS, cross_origin

app = Flask("shop")
CORS(app)


@app.get("/prices")
@cross_origin(origins=["https://partner.example.com"], allow_headers=["Content-Type", "Authorization"])
def prices() -> list[str]:
    return ["40"]


@app.route("/orders", methods=["GET", "DELETE"])
@cross_origin(
    origins=["https://app.example.com"], methods=["GET", "HEAD", "POST", "DELETE"], allow_headers=["Authorization"]
)
def orders() -> list[str]:
    return []


@app.get("/items")
def items() -> list[str]:
    return ["lamp"]
