"""Plays an upgrade under load on MiniStack, with the sandbox as both vendors.

The previous release takes orders, and some of their requests go on; candidates are ordered all the time while the new
release is deployed over it; then everybody answers. Each candidate must end with exactly one request and one completed
row, and nothing in a dead-letter queue.

    upgrade.py PREVIOUS_TEMPLATE NEW_TEMPLATE ICIMS_URL CROSSCHQ_URL
"""

import collections
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import boto3
import routes
from samcli.yamlhelper import yaml_parse

STACK = "crosschq-connector-ci"
CUSTOMER = "1234"
# Ordered with the previous release, while the new one is deployed at least, and in all at least.
BEFORE, DURING, IN_ALL = 12, 8, 52
# A pause between two orders: MiniStack takes some hundred milliseconds for an invocation.
PACE_S = 0.4
# A message that was received while its function changed comes back after the queue's three minutes.
PATIENCE_S = 420
ORDERED, COMPLETE = "C38356", "C38357"


class Vendors:
    """The sandbox's control plane: what recruiters, candidates and references do."""

    def __init__(self, icims: str, crosschq: str):
        self.icims, self.crosschq = icims, crosschq
        self.customer = f"{icims}/__sandbox/icims/customers/{CUSTOMER}"
        self.org = f"{icims}/__sandbox/crosschq/orgs/{CUSTOMER}"

    def call(self, method: str, url: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method, headers={"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            sys.exit(f"{method} {url}: {error.code} {error.read()[:300].decode(errors='replace')}")

    def candidate(self, number: int) -> int:
        """A new candidate's workflow."""
        person = {"firstname": "Upgrade", "lastname": f"N{number}", "email": f"upgrade-{number}@candidates.example"}
        person = self.call("POST", f"{self.customer}/profiles/people", {**person, "folder": {"id": "D32006"}})["id"]
        workflow = {"associatedprofile": person, "baseprofile": 1181, "status": {"id": "D10100"}}
        return self.call("POST", f"{self.customer}/profiles/applicantworkflows", workflow)["id"]

    def order(self, workflow: int) -> int | None:
        """The status that iCIMS' last push of the order met."""
        moved = self.call("POST", f"{self.customer}/workflows/{workflow}/advance", {"status": ORDERED})
        return moved["pushes"][-1]["status"]

    def requests(self) -> list[dict]:
        return self.call("GET", f"{self.org}/requests")

    def step(self, request: str, action: str) -> None:
        self.call("POST", f"{self.icims}/__sandbox/crosschq/requests/{request}/steps", {"action": action})

    def screen(self, workflow: int) -> dict:
        return self.call("GET", f"{self.customer}/workflows/{workflow}")


def deploy(template: str) -> None:
    command = ["sam", "deploy", "--template-file", template, "--stack-name", STACK, "--resolve-s3", "--capabilities"]
    command += ["CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar", "--no-fail-on-empty-changeset"]
    command += ["--parameter-overrides", 'NamePrefix=""', "Architecture=x86_64", "LogLevel=info"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-4000:]}")


def output(name: str) -> str:
    stack = boto3.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return next(each["OutputValue"] for each in stack["Outputs"] if each["OutputKey"] == name)


def code_of_functions(template: str) -> dict[str, str]:
    """What each function runs, by a hash."""
    functions = boto3.client("lambda")
    with open(template, encoding="utf-8") as file:
        resources = yaml_parse(file.read())["Resources"].values()
    names = [r["Metadata"]["BuildProperties"]["Binary"] for r in resources if r["Type"] == "AWS::Serverless::Function"]
    return {name: functions.get_function_configuration(FunctionName=name)["CodeSha256"] for name in names}


def onboard(vendors: Vendors, api: str) -> None:
    """Customer 1234 at both vendors and in the stack, with records that both releases know."""
    vendors.call("POST", f"{vendors.icims}/__sandbox/demo", {})
    # Not compressed: MiniStack breaks such a body. Repeated like a recruiter would: moved again, later.
    push = {"url": f"{api}/icims/events", "gzip": False, "retry_ms": [1000, 2000, 4000, 8000, 16000], "timeout_ms": 30000}
    push["auth"] = {"kind": "basic", "user": "icims-push", "password": "local-push-password"}
    settings = vendors.call("PATCH", vendors.customer, {"push": push})
    callback = {"url": f"{api}/crosschq/callbacks/{CUSTOMER}/path", "auth": {"kind": "token", "value": "token"}}
    org = vendors.call("PATCH", vendors.org, {"callback": callback})
    secret = {
        "icims": {"oauth": {"client_id": settings["client_id"], "client_secret": settings["client_secret"]}},
        "push": {"basic": {"user": "icims-push", "password": "local-push-password"}},
        "crosschq": {"token": org["tokens"][0]},
        "callback": {"path_secret": "path", "token": "token"},
    }
    secrets = boto3.client("secretsmanager")
    secrets.create_secret(Name=f"crosschq-connector/customers/{CUSTOMER}", SecretString=json.dumps(secret))
    table = boto3.resource("dynamodb").Table(output("CustomersTable"))
    survey = {"name": "Sales AE", "tag": "sales-ae", "survey": "account-executive"}
    table.put_item(Item={"pk": CUSTOMER, "sk": "template#sales-ae", **survey, "references": {"managers": 1, "peers": 1}})
    hosts = {"auth_base": vendors.icims, "api_base": vendors.icims, "audience": settings["audience"]}
    icims = {"hosts": hosts, "push": {"accept": ["basic"]}, "integration_user": "900"}
    icims["statuses"] = {"trigger": [ORDERED], "rejected": ["C38360"], "withdrawn": ["C38361"]}
    icims["stage_statuses"] = {"completed": COMPLETE}
    icims["result"] = {"name_value": "Crosschq 360"}
    crosschq = {"profile": "partner_v2", "base_url": vendors.crosschq, "callback_auth": "token"}
    item = {"pk": CUSTOMER, "sk": "settings", "enabled": True, "retention_days": 30}
    table.put_item(Item={**item, "icims": icims, "crosschq": crosschq})


def wait_until(what: str, missing) -> None:
    """Until `missing` tells nothing any more."""
    deadline = time.monotonic() + PATIENCE_S
    while left := missing():
        if time.monotonic() > deadline:
            sys.exit(f"{what}: after {PATIENCE_S} s still {left}")
        time.sleep(1)


class Load(threading.Thread):
    """Orders one candidate after the other until it is told to end; `phase` is noted with each."""

    def __init__(self, vendors: Vendors, first: int):
        super().__init__(daemon=True)
        self.vendors, self.number = vendors, first
        self.phase, self.ending = "during", threading.Event()
        self.ordered: dict[int, tuple[str, int | None]] = {}
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.ending.is_set():
                workflow = self.vendors.candidate(self.number)
                phase = self.phase
                self.ordered[workflow] = (phase, self.vendors.order(workflow))
                self.number += 1
                time.sleep(PACE_S)
        except BaseException as failure:  # It ends the play, in the main thread.
            self.failure = failure

    def count(self, phase: str | None = None) -> int:
        return sum(phase in (None, seen) for seen, _ in list(self.ordered.values()))


def main(previous: str, new: str, icims: str, crosschq: str) -> None:
    vendors = Vendors(icims, crosschq)
    deploy(previous)
    api_id = output("ApiId")
    routes.main(previous, api_id)
    endpoint = boto3.client("lambda").meta.endpoint_url
    onboard(vendors, f"{endpoint}/_aws/execute-api/{api_id}")
    ran = code_of_functions(previous)

    workflows: dict[int, tuple[str, int | None]] = {}
    for number in range(BEFORE):
        workflow = vendors.candidate(number)
        workflows[workflow] = ("before", vendors.order(workflow))
    wait_until("requests of the previous release", lambda: BEFORE - len(vendors.requests()))
    # Of the twelve, some are as the previous release leaves them, some go on now, some while the release changes.
    old = [request["id"] for request in sorted(vendors.requests(), key=lambda request: request["number"])]
    for request in old[:4]:
        vendors.step(request, "candidate_opens")

    load = Load(vendors, BEFORE)
    load.start()
    began = time.monotonic()
    upgrade = threading.Thread(target=deploy_or_note, args=(new, failures := []))
    upgrade.start()
    for request in old[4:8]:
        vendors.step(request, "candidate_opens")
        time.sleep(1)
    upgrade.join()
    if failures:
        sys.exit(failures[0])
    took = time.monotonic() - began
    load.phase = "after"
    if output("ApiId") != api_id:
        sys.exit("the upgrade replaced the HTTP API: every customer's URLs would be dead")
    routes.main(new, api_id)
    while load.is_alive() and (BEFORE + load.count() < IN_ALL or load.count("after") < DURING):
        time.sleep(0.2)
    load.ending.set()
    load.join()
    if load.failure:
        raise load.failure
    workflows |= load.ordered
    phases = collections.Counter(phase for phase, _ in workflows.values())
    print(f"deployed in {took:.0f} s; candidates ordered: {dict(phases)}")
    if phases["during"] < DURING:
        sys.exit(f"only {phases['during']} orders while the release changed")
    runs = code_of_functions(new)
    if unchanged := [name for name, code in ran.items() if runs[name] == code]:
        sys.exit(f"the upgrade changed nothing in {', '.join(unchanged)}")
    if refused := {workflow: status for workflow, (_, status) in workflows.items() if status != 200}:
        sys.exit(f"orders that were not taken, in spite of repeats: {refused}")

    wait_until("orders without a request", lambda: len(workflows) - len({r["candidate_email"] for r in vendors.requests()}))
    for request in vendors.requests():
        vendors.step(request["id"], "complete_all")

    def unfinished() -> list[str]:
        left = []
        for workflow in workflows:
            screen = vendors.screen(workflow)
            rows = [row["status"] for row in screen["results"] if row["name"] == "Crosschq 360"]
            if rows != ["Complete"] or screen["status"]["id"] != COMPLETE:
                left.append(f"{workflow} ({workflows[workflow][0]}): {rows}")
        return left

    wait_until("rows", unfinished)
    requests = collections.Counter(request["candidate_email"] for request in vendors.requests())
    if len(requests) != len(workflows) or set(requests.values()) != {1}:
        sys.exit(f"{len(workflows)} candidates, requests: {requests}")
    creates = vendors.call("GET", f"{icims}/__sandbox/crosschq/requests?method=POST&path=*/reference-request/")["count"]
    dead = dead_letters()
    if any(dead.values()):
        sys.exit(f"dead letters: {dead}")
    print(f"upgrade: candidates={len(workflows)} requests={len(requests)} creates={creates} completed={len(workflows)} dead=0")


def deploy_or_note(template: str, failures: list[str]) -> None:
    try:
        deploy(template)
    except SystemExit as failure:
        failures.append(str(failure))


def dead_letters() -> dict[str, int]:
    queues, name = boto3.client("sqs"), "ApproximateNumberOfMessages"
    urls = [url for url in queues.list_queues().get("QueueUrls", []) if url.endswith("-dlq")]
    if len(urls) != 3:
        sys.exit(f"three dead-letter queues are expected: {urls}")
    waiting = {url: queues.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"] for url in urls}
    return {url.rsplit("/", 1)[1]: int(attributes[name]) for url, attributes in waiting.items()}


if __name__ == "__main__":
    main(*sys.argv[1:])
