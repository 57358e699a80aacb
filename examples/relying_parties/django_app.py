"""A bar that checks your age, with Django, in one file: settings, views and addresses."""

from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from nlwallet import RemoteError, Verifier


def create_app(verifier: Verifier) -> WSGIHandler:
    """The application, with what it asks and who it is in ``verifier``; one for a process, as Django has it."""
    settings.configure(
        ALLOWED_HOSTS=["bar.example"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="not a secret: this is a test",
        BAR_VERIFIER=verifier,
    )
    django.setup()
    return WSGIHandler()


@csrf_exempt  # no cookie comes along here, so there is nothing to forge
@require_POST
def start(_: HttpRequest) -> JsonResponse:
    """What the page at the bar calls; it shows the link as a QR code."""
    asked = settings.BAR_VERIFIER.request()
    return JsonResponse({"id": asked.id, "link": asked.uri})


def outcome(_: HttpRequest, check_id: str) -> JsonResponse:
    """How it went."""
    result = settings.BAR_VERIFIER.result(check_id)
    of_age = result.status == "verified" and result.claims("pid")["age_over_18"]
    return JsonResponse({"status": str(result.status), "of_age": of_age})


@csrf_exempt
def request_object(request: HttpRequest, request_id: str) -> HttpResponse:
    """Where a wallet fetches the request."""
    try:
        nonce = request.POST.get("wallet_nonce")
        text = settings.BAR_VERIFIER.endpoints.request_object(request_id, wallet_nonce=nonce)
    except RemoteError as error:
        return JsonResponse({"error": error.code}, status=400)
    headers = {"Cache-Control": "no-store"}
    return HttpResponse(text, content_type="application/oauth-authz-req+jwt", headers=headers)


@csrf_exempt
@require_POST
def response(request: HttpRequest, request_id: str) -> JsonResponse:
    """Where a wallet posts its answer."""
    try:
        told: dict[str, Any] = settings.BAR_VERIFIER.endpoints.receive(
            request_id, request.body, request.headers.get("Content-Type", "")
        )
    except RemoteError as error:
        return JsonResponse({"error": error.code}, status=400)
    return JsonResponse(told)


urlpatterns = [
    path("age-check", start),
    path("age-check/<str:check_id>", outcome),
    path("request/<str:request_id>", request_object),
    path("response/<str:request_id>", response),
]
