"""The application that gunicorn serves while its policy changes; every answer names the worker that gave it."""

import os

from flask import Flask, Response

from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.get("/")
def worker() -> Response:
    return Response(str(os.getpid()))
