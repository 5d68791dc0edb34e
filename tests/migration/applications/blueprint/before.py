"""A blueprint with a policy of its own, for some of its paths."""

from flask import Blueprint, Flask
from flask_cors import CORS

admin = Blueprint("admin", "shop", url_prefix="/admin")
CORS(admin, resources={r"/admin/users*": {"origins": "https://admin.example.com", "allow_headers": ["Content-Type"]}})


@admin.get("/users")
def users() -> list[str]:
    return ["ada"]


@admin.patch("/users/1")
def change() -> list[str]:
    return ["ada"]


@admin.get("/login")
def login() -> str:
    return "name?"


app = Flask("shop")
app.register_blueprint(admin)


@app.get("/items")
def items() -> list[str]:
    return ["lamp"]
