"""A view class whose decorator gives it a policy, in an application with a policy of its own."""

from typing import ClassVar

from flask import Flask
from flask.views import MethodView
from flask_cors import CORS, cross_origin

app = Flask("shop")
CORS(app, origins="https://app.example.com", allow_headers=["Content-Type"])


class Items(MethodView):
    decorators: ClassVar = [cross_origin(origins="https://partner.example.com", allow_headers=["Content-Type"])]

    def get(self) -> list[str]:
        return ["lamp"]

    def put(self) -> list[str]:
        return ["lamp"]


app.add_url_rule("/items", view_func=Items.as_view("items"))


@app.get("/orders")
def orders() -> list[str]:
    return []
