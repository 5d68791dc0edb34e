"""Policies for two paths, written as expressions; the rest of the application has none."""

from flask import Flask
from flask_cors import CORS

app = Flask("shop")
CORS(
    app,
    resources={
        r"/api/*": {
            "origins": ["https://app.example.com", "https://admin.example.com"],
            "allow_headers": "Content-Type",
        },
        r"/public/.*": {"origins": "https://partner.example.com"},
    },
)


@app.get("/api/items")
def items() -> list[str]:
    return ["lamp"]


@app.delete("/api/items/1")
def remove() -> list[str]:
    return []


@app.get("/apiary")
def apiary() -> list[str]:
    return ["bee"]


@app.get("/public/prices")
def prices() -> list[str]:
    return ["40"]


@app.get("/health")
def health() -> str:
    return "ok"
