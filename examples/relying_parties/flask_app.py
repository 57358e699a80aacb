"""A bar that checks your age, with Flask: the two endpoints that wallets call are two views."""

from typing import Any

from flask import Flask, Response, request

from nlwallet import RemoteError, Verifier


def create_app(verifier: Verifier) -> Flask:
    """The application, with what it asks and who it is in ``verifier``."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = 1_000_000  # what a wallet posts comes from a stranger

    @app.post("/age-check")
    def start() -> dict[str, str]:
        asked = verifier.request()
        return {"id": asked.id, "link": asked.uri}

    @app.get("/age-check/<check_id>")
    def outcome(check_id: str) -> dict[str, Any]:
        result = verifier.result(check_id)
        of_age = result.status == "verified" and result.claims("pid")["age_over_18"]
        return {"status": str(result.status), "of_age": of_age}

    @app.route("/request/<request_id>", methods=["GET", "POST"])
    def request_object(request_id: str) -> Response:
        text = verifier.endpoints.request_object(request_id, wallet_nonce=request.form.get("wallet_nonce"))
        return Response(
            text, content_type="application/oauth-authz-req+jwt", headers={"Cache-Control": "no-store"}
        )

    @app.post("/response/<request_id>")
    def response(request_id: str) -> dict[str, str]:
        return verifier.endpoints.receive(request_id, request.get_data(), request.content_type or "")

    @app.errorhandler(RemoteError)
    def refuse(error: RemoteError) -> tuple[dict[str, str], int]:
        return {"error": error.code}, 400

    return app
