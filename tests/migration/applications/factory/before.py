"""An application factory; preflights may be cached for ten minutes."""

from datetime import timedelta

from flask import Flask
from flask_cors import CORS

cors = CORS(origins=["https://app.example.com"], max_age=timedelta(minutes=10))


def create_app() -> Flask:
    app = Flask("shop")
    cors.init_app(app)
    app.add_url_rule("/items", view_func=lambda: ["lamp"], methods=["GET", "PATCH"])
    return app


app = create_app()
