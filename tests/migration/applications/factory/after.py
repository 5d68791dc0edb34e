"""An application factory; preflights may be cached for ten minutes."""

from flask import Flask

from envcors import CORS

cors = CORS()


def create_app() -> Flask:
    app = Flask("shop")
    cors.init_app(app)
    app.add_url_rule("/items", view_func=lambda: ["lamp"], methods=["GET", "PATCH"])
    return app


app = create_app()
