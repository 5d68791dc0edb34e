"""The application that servers boot here: one route, and whatever policy its surroundings give."""

from flask import Flask

from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.get("/")
def hello() -> str:
    return "hello"
