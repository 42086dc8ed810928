"""Pages and /api/v1: parse, call one operation or query, render."""

from controller.web.app import create_app
from controller.web.ports import Made, Studio, Web

__all__ = ["Made", "Studio", "Web", "create_app"]
