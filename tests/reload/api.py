"""The application that gunicorn serves while its policy changes; every response names its worker."""

import os

from flask import Flask, Response

from envcors import CORS

app = Flask(__name__)
CORS(app)


@app.get("/")
def worker() -> Response:
    return Response(str(os.getpid()))
