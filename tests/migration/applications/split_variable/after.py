"""Origins that code splits out of a variable; a person wrote a space after the comma."""

from flask import Flask

from envcors import CORS

app = Flask("shop")
CORS(app)


@app.route("/items", methods=["GET", "POST"])
def items() -> list[str]:
    return ["lamp"]
