"""A blueprint with a policy of its own, for some of its paths."""

from flask import Blueprint, Flask

from envcors import CORS

admin = Blueprint("admin", "shop", url_prefix="/admin")
CORS(
    admin,
    origins=["https://admin.example.com"],
    methods=["GET", "HEAD", "POST", "PATCH"],
    allow_headers=["Content-Type"],
    resources=["/admin/users/*"],
)


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
CORS(app)
app.register_blueprint(admin)


@app.get("/items")
def items() -> list[str]:
    return ["lamp"]
