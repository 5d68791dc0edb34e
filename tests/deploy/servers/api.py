"""The application that these servers boot: one route, and the policy of its environment."""

from flask import Flask

from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.get("/")
def hello() -> str:
    return "hello"
