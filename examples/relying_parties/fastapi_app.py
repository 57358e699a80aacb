"""A bar that checks your age, with FastAPI. The wallet's endpoints are below the same address."""

from typing import Any

from fastapi import FastAPI

from nlwallet import Verifier


def create_app(verifier: Verifier) -> FastAPI:
    """The application, with what it asks and who it is in ``verifier``."""
    app = FastAPI()

    @app.post("/age-check")
    def start() -> dict[str, str]:  # a plain def: FastAPI runs it in a thread, where the verifier belongs
        request = verifier.request()
        return {"id": request.id, "link": request.uri}

    @app.get("/age-check/{check_id}")
    def outcome(check_id: str) -> dict[str, Any]:
        result = verifier.result(check_id)
        of_age = result.status == "verified" and result.claims("pid")["age_over_18"]
        return {"status": str(result.status), "of_age": of_age}

    app.mount("/", verifier.app)
    return app
