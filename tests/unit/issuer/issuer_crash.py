"""An issuer that is killed at every step of a story, and started again on the same file.

Run by a test: ``python issuer_crash.py STORY FOLDER STEP``; a folder in memory will do, for it is the process that
dies, not the machine. A child plays a story on a fresh file, over the HTTP face, and tells over a pipe what its
wallet has by then. It is killed with SIGKILL at the beginning or end of a transaction, before or after a credential
is signed, or before an answer leaves: at each of these points once. (Within a transaction it is the same on the disk
as at its beginning and its end.) Another child starts the issuer again, asks once more what was not answered, plays
the story to its end, and holds the file against all that was told.
Prints how often it killed.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from issuer_world import (
    BATCH,
    NOW,
    Answered,
    Asked,
    Client,
    Send,
    World,
    cards_of,
    code_of,
    identifier_of,
    sender,
)

from nlwallet.encoding import b64url_decode
from nlwallet.issuer import Issuer, SqlIssuerStore
from nlwallet.openid4vci import CredentialOffer
from nlwallet.sdjwt import vc_issuance
from nlwallet.status import Status, StatusSigner, verify_status_list_jwt
from nlwallet.store import Database

State = dict[str, Any]
"""What a wallet knows, as JSON: it survives, whatever happens to the issuer."""

INVALID_GRANT = (400, "invalid_grant")
INVALID_TOKEN = (401, "invalid_token")


AFTER = ("sign", "signed", "answer")
"""Where an issuer may be killed after the last statement of SQL of a request."""


class Refused(Exception):
    """The issuer said no: status and error code."""


@dataclass
class Scene:
    """An issuer that was just started, and the wallet that outlives it."""

    world: World
    client: Client
    issuer: Issuer
    send: Send

    def ask(self, asked: Asked, *allowed: int) -> Answered:
        answer = self.send(asked)
        if answer.status not in allowed:
            raise Refused(answer.status, answer.error)
        return answer


@dataclass(frozen=True)
class Stage:
    """One thing that a wallet, or somebody at the issuer, does. ``once``: how a second time is refused."""

    play: Callable[[Scene, State], None]
    once: tuple[int, str] | None = None


def offer(scene: Scene, state: State) -> None:
    made = scene.issuer.offer("nl-pid", scene.world.claims, tx_code=True)
    state |= {"reference": made.reference, "tx_code": made.tx_code, "link": made.uri}


def read_offer(scene: Scene, state: State) -> None:
    found = scene.ask(Asked("GET", state["reference"].removeprefix("https://pid-issuer.example")), 200).body
    assert CredentialOffer.from_json(found).uri() == state["link"]
    state["code"] = CredentialOffer.from_json(found).pre_authorized_code


def token_by_offer(scene: Scene, state: State) -> None:
    asked = scene.client.exchange_offer(state["code"], tx_code=state["tx_code"])
    state["token"] = scene.ask(asked, 200).body
    state["c_nonce"] = scene.client.nonce()


def push(scope: str) -> Callable[[Scene, State], None]:
    def play(scene: Scene, state: State) -> None:
        state["request_uri"] = scene.ask(scene.client.push(scope=scope), 201).body["request_uri"]

    return play


def agree(scene: Scene, state: State) -> None:
    state["code"] = code_of(scene.ask(scene.client.agree(state["request_uri"]), 303))


def token_by_code(scene: Scene, state: State) -> None:
    state["token"] = scene.ask(scene.client.exchange_code(state["code"]), 200).body
    state["c_nonce"] = scene.client.nonce()


def refresh(scene: Scene, state: State) -> None:
    state["renewed"] = scene.ask(scene.client.refresh(state["token"]["refresh_token"]), 200).body
    state["c_nonce"] = scene.client.nonce()


def fetch(scene: Scene, state: State, name: str, which: str) -> Answered:
    token = state[which]
    identifier = identifier_of(token) if "authorization_details" in token else None
    # With a nonce that was handed out before whatever happened.
    asked = scene.client.credential(
        token["access_token"], count=BATCH, nonce=state["c_nonce"], identifier=identifier
    )
    answer = scene.ask(asked, 200, 202)
    state.setdefault("cards", {})[name] = list(cards_of(answer))
    return answer


def credential(scene: Scene, state: State) -> None:
    state["notification_id"] = fetch(scene, state, "first", "token").body["notification_id"]


def credential_again(scene: Scene, state: State) -> None:
    fetch(scene, state, "second", "renewed")


def promise(scene: Scene, state: State) -> None:
    state["transaction_id"] = fetch(scene, state, "promised", "token").body["transaction_id"]


def poll(scene: Scene, state: State) -> None:
    asked = scene.client.deferred(state["token"]["access_token"], state["transaction_id"])
    assert scene.ask(asked, 202).body["transaction_id"] == state["transaction_id"]


def approve(scene: Scene, state: State) -> None:
    for one in scene.issuer.waiting:
        one.approve()


def fetch_promised(scene: Scene, state: State) -> None:
    asked = scene.client.deferred(state["token"]["access_token"], state["transaction_id"])
    answer = scene.ask(asked, 200)
    state["cards"]["late"] = list(cards_of(answer))
    state["notification_id"] = answer.body["notification_id"]


def notify(scene: Scene, state: State) -> None:
    asked = scene.client.notify(state["token"]["access_token"], state["notification_id"])
    scene.ask(asked, 204)


AUTHORIZED = (Stage(agree, (400, "invalid_request_uri")), Stage(token_by_code, INVALID_GRANT))
STORIES: dict[str, tuple[Stage, ...]] = {
    "pre-authorized": (
        Stage(offer),
        Stage(read_offer),
        Stage(token_by_offer, INVALID_GRANT),
        Stage(credential, INVALID_TOKEN),
        Stage(notify),
    ),
    "authorized": (
        Stage(push("nl-pid")),
        *AUTHORIZED,
        Stage(credential, INVALID_TOKEN),
        Stage(refresh),
        Stage(credential_again, INVALID_TOKEN),
    ),
    "deferred": (
        Stage(push("later")),
        *AUTHORIZED,
        Stage(promise, INVALID_TOKEN),
        Stage(poll),
        Stage(approve),
        Stage(fetch_promised, (400, "invalid_transaction_id")),
        Stage(notify),
    ),
}


def open_scene(world: World, client: Client, path: Path, before_answer: Callable[[], None]) -> Scene:
    """Start the issuer on the file."""
    issuer = world.issuer(SqlIssuerStore(Database(f"sqlite:///{path}")))
    over_http = sender(issuer)

    def send(asked: Asked) -> Answered:
        # What keeps nothing need not come over HTTP: it is asked for before everything else.
        if asked.path == "/nonce":
            nonce = issuer._dpop.nonce(now=NOW)
            return Answered(200, {"c_nonce": issuer._desk.nonces.create(now=NOW)}, {"dpop-nonce": nonce})
        if asked.path == "/challenge":
            return Answered(200, {"attestation_challenge": issuer._clients.challenge(now=NOW)}, {})
        answer = over_http(asked)
        before_answer()
        return answer

    client.use(send)
    return Scene(world, client, issuer, send)


# The child that is killed -------------------------------------------------------------------------


def play(world: World, client: Client, path: Path, name: str, told: int, kill_at: int) -> None:
    """Play the story; after each stage tell what the wallet has, and before the kill what is done just then.

    One that comes to its end tells all the points at which it might have been killed.
    """
    points: list[str] = []

    def point(what: str) -> None:
        points.append(what)
        if len(points) == kill_at:
            os.write(told, json.dumps({"killed": what}).encode() + b"\n")
            os.kill(os.getpid(), signal.SIGKILL)

    connect, sign = sqlite3.connect, vc_issuance.issue_sd_jwt_vc

    def statement(sql: str) -> None:
        if sql.startswith(("BEGIN", "COMMIT")):
            point("sql")

    def watched(*args: Any, **more: Any) -> sqlite3.Connection:
        connection = connect(*args, **more)
        connection.set_trace_callback(statement)
        return connection

    def signed(**parts: Any) -> str:
        point("sign")
        made = sign(**parts)
        point("signed")
        return made

    sqlite3.connect = watched  # type: ignore[assignment]
    vc_issuance.issue_sd_jwt_vc = signed  # type: ignore[assignment]
    scene, state = open_scene(world, client, path, lambda: point("answer")), {}
    for stage in STORIES[name]:
        stage.play(scene, state)
        os.write(told, json.dumps({"state": state}).encode() + b"\n")
    os.write(told, json.dumps({"points": points}).encode() + b"\n")


# The child that goes on ---------------------------------------------------------------------------


def go_on(world: World, client: Client, path: Path, story: tuple[Stage, ...], lines: list[str]) -> None:
    """Start again, and see."""
    told = [json.loads(line) for line in lines]
    states = [one["state"] for one in told if "state" in one]
    killed = next((one["killed"] for one in told if "killed" in one), None)
    state: State = states[-1] if states else {}
    scene = open_scene(world, client, path, lambda: None)
    done = list(story[: len(states)])
    lost: Stage | None = None
    for stage in story[len(states) :]:
        if not ask_again(scene, stage, state, first=len(done) == len(states), killed=killed):
            lost = stage
            break
        done.append(stage)
    for stage in done:
        if stage.once is not None:
            check_refused(scene, stage, json.loads(json.dumps(state)))
    check_issued(scene, state, lost=lost.play if lost else None)


def refusal_of(scene: Scene, stage: Stage, state: State) -> tuple[int, str] | None:
    """Play a stage; how it was refused, if it was."""
    try:
        stage.play(scene, state)
    except Refused as refused:
        return refused.args[0], refused.args[1]
    return None


def ask_again(scene: Scene, stage: Stage, state: State, *, first: bool, killed: str | None) -> bool:
    """Play a stage; False if it was done before the kill, and its answer never left."""
    refused = refusal_of(scene, stage, state)
    if refused is None:
        # What was done and not answered is not done again.
        assert not (first and killed in AFTER and stage.once), f"again, after {killed}"
        return True
    assert refused == stage.once
    assert first, "refused, although nobody had asked"
    # Before the last statement of SQL nothing is used up, so the wallet may ask again.
    assert killed in AFTER, "refused, although nothing can have been issued"
    return False


def check_refused(scene: Scene, stage: Stage, state: State) -> None:
    """A second time is refused, whichever of the two issuers did it the first time."""
    assert refusal_of(scene, stage, state) == stage.once, stage.play


def check_issued(scene: Scene, state: State, *, lost: Callable[..., None] | None) -> None:
    """Each credential that left has an entry of its own, and each that may have left can be revoked."""
    issuer, lists = scene.issuer, scene.issuer.status_lists
    responses = [cards for cards in state.get("cards", {}).values() if cards]
    assert all(len(cards) == BATCH for cards in responses)
    signs = lost in (credential, credential_again, fetch_promised)
    assert len(issuer.issued) == len(responses) + signs, (issuer.issued, len(responses), signs)
    assert len(issuer.waiting) == (lost is promise), "a promise is kept, whether the wallet heard it or not"
    ids = {batch.credential_id for batch in issuer.issued}
    assert len(ids) <= 1, "re-issued under the same name"
    places = [place_of(card) for cards in responses for card in cards]
    assert len(set(places)) == len(places), "an entry given twice"
    for credential_id in ids:
        known = {(one.uri, one.idx) for one in lists.references_of(credential_id)}
        assert known >= set(places)
        assert len(known) >= BATCH * len(issuer.issued)
        assert lists.status_of(credential_id) is Status.VALID
        lists.revoke(credential_id)
        statuses = read_list(scene)
        assert {statuses[idx] for _, idx in known} == {Status.INVALID}


def place_of(card: str) -> tuple[str, int]:
    entry = json.loads(b64url_decode(card.split(".")[1]))["status"]["status_list"]
    return entry["uri"], entry["idx"]


def read_list(scene: Scene) -> Any:
    token = scene.issuer.status_lists.token(1)
    assert token is not None
    signer = StatusSigner([scene.world.root.certificate])
    uri = scene.issuer.status_lists.uri(1)
    return verify_status_list_jwt(token.body.decode(), uri=uri, signer=signer, now=NOW).statuses


# ---------------------------------------------------------------------------------------------------


def in_a_child(work: Callable[[int], None]) -> tuple[list[str], int]:
    """What a child wrote into its pipe, and how it ended. Here is never a thread, so a fork is safe."""
    heard, pipe = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(heard)
        status = 1
        try:
            work(pipe)
            status = 0
        finally:
            if status:
                traceback.print_exc()
            os._exit(status)
    os.close(pipe)
    with os.fdopen(heard) as lines:
        told = lines.read().splitlines()
    return told, os.waitpid(child, 0)[1]


def play_until(world: World, name: str, folder: Path, kill_at: int) -> Any:
    """Play a story that ends at a point, and go on; what was done just then.

    With ``kill_at`` 0 it comes to its end; all points that it has.
    """
    path, story = folder / f"issuer-{kill_at}.sqlite", STORIES[name]
    client = Client(world, lambda _: Answered(500, None, {}))
    told, how = in_a_child(lambda pipe: play(world, client, path, name, pipe, kill_at))
    _, after = in_a_child(lambda _: go_on(world, client, path, story, told))
    assert os.waitstatus_to_exitcode(after) == 0, (kill_at, told[-1:])
    for left in folder.glob(f"{path.name}*"):
        left.unlink()
    last = json.loads(told[-1])
    if kill_at == 0:
        assert os.waitstatus_to_exitcode(how) == 0
        assert len(told) == len(story) + 1, "the story was not told to its end"
        return last["points"]
    assert os.waitstatus_to_exitcode(how) == -signal.SIGKILL
    return last["killed"]


def main(name: str, folder: Path, step: int) -> None:
    """Kill at each point, but of the transactions only at every so many'th."""
    world = World()
    points = play_until(world, name, folder, 0)
    transactions = [at for at, what in enumerate(points, 1) if what == "sql"][::step]
    others = [at for at, what in enumerate(points, 1) if what != "sql"]
    print(json.dumps(Counter(play_until(world, name, folder, at) for at in (*transactions, *others))))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
