#!/usr/bin/env python3
"""Every wrong input gets a clear answer, changes nothing and costs little: run.py BINARY [--cpu]

Runs the table of cases.py against a real server. After each group the store must hold exactly the rows it held before. With
--cpu (release builds) each case is repeated and the server's CPU time per request must stay under 60 µs + 30 ns a byte.
Prints what fails and ends with `N passed, N failed`."""
import glob, http.client, json, os, shutil, sqlite3, sys, tempfile, time

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "torture"))
sys.path.insert(0, here)
from cases import cases, good
from client import Client, Server, in_days

BUYERS = ("holdTickets", "releaseHold", "renewHold", "placeOrder", "payOrder", "cancelOrder", "joinWaitingRoom", "leaveWaitingRoom",
          "signUp", "verifyEmail", "signIn", "signOut", "refreshSession", "requestPasswordReset", "resetPassword", "pairDevice", "completeSignIn", "requestSignInLink", "signInByLink", "undoEmailChange", "signInByPasskey")
BODY_MAX = 1 << 20
TOKEN, REPEATS, FLOOR_US, PER_BYTE_US = "bad-input-owner-token", 40, 60.0, 0.030


def setup(port):
    """One of each object, by name. All that the table needs to be wrong about."""
    owner, buyer, names = Client(port, TOKEN), Client(port), {}
    names["ORG"] = owner.mutate("createOrganizer", "CreateOrganizerInput", "organizer { id }",
                                {"slug": "bad", "name": "Bad", "currency": "EUR", "timeZone": "Europe/Berlin"})["organizer"]["id"]
    event = owner.mutate("createEvent", "CreateEventInput", "event { id dates { nodes { id } } }",
                         {"organizerId": names["ORG"], "slug": "show", "title": "Show", "startsAt": "2099-05-01T18:00:00Z", "testMode": True})["event"]
    names["EVENT"], names["DATE"] = event["id"], event["dates"]["nodes"][0]["id"]
    names["TYPE"] = owner.mutate("createTicketType", "CreateTicketTypeInput", "ticketType { id }",
                                 {"eventId": names["EVENT"], "name": "Standing", "price": "10.00"})["ticketType"]["id"]
    names["QUOTA"] = owner.mutate("createQuota", "CreateQuotaInput", "quota { id }",
                                  {"eventId": names["EVENT"], "name": "Floor", "size": 100, "ticketTypeIds": [names["TYPE"]]})["quota"]["id"]
    names["TEAM"] = owner.mutate("createTeam", "CreateTeamInput", "team { id }", {"organizerId": names["ORG"], "name": "Office", "role": "BOX_OFFICE"})["team"]["id"]
    names["POOL"] = owner.mutate("createOrganizerHold", "CreateOrganizerHoldInput", "organizerHold { id }",
                                 {"quotaId": names["QUOTA"], "name": "Press", "count": 2})["organizerHold"]["id"]
    names["SITTING"] = owner.mutate("createTicketType", "CreateTicketTypeInput", "ticketType { id }",
                                    {"eventId": names["EVENT"], "name": "Sitting", "price": "20.00"})["ticketType"]["id"]
    names["SEATED"] = owner.mutate("createQuota", "CreateQuotaInput", "quota { id }",
                                   {"eventId": names["EVENT"], "name": "Seats", "size": 0, "ticketTypeIds": [names["SITTING"]]})["quota"]["id"]
    owner.mutate("setSeatPlan", "SetSeatPlanInput", "quota { size }", {"quotaId": names["SEATED"], "sections": good["setSeatPlan"]["sections"]})
    names["SEAT"], names["SEAT2"] = names["SEATED"] + "/0", names["SEATED"] + "/1"
    names["LIST"] = owner.mutate("createCheckInList", "CreateCheckInListInput", "checkInList { id }",
                                 {"eventId": names["EVENT"], "name": "Door"})["checkInList"]["id"]
    owner.mutate("publishEvent", "PublishEventInput", "event { id }", {"eventId": names["EVENT"]})
    names["ROOM"] = owner.mutate("createEvent", "CreateEventInput", "event { id }",
                                 {"organizerId": names["ORG"], "slug": "crowded", "title": "Crowded", "startsAt": "2099-07-01T18:00:00Z"})["event"]["id"]
    owner.mutate("publishEvent", "PublishEventInput", "event { id }", {"eventId": names["ROOM"]})
    owner.mutate("setWaitingRoom", "SetWaitingRoomInput", "waitingRoom { state }",
                 {"eventId": names["ROOM"], "enabled": True, "startsAt": in_days(30), "preQueueFrom": in_days(-1), "entriesPerEmail": 1,
                  "bypassCodes": ["a-code-of-friends"]})
    names["PLACE"] = buyer.mutate("joinWaitingRoom", "JoinWaitingRoomInput", "place { token }",
                                  {"eventId": names["ROOM"], "email": "there@example.org"})["place"]["token"]
    lines = {"eventId": names["EVENT"], "lines": [{"ticketTypeId": names["TYPE"], "quantity": 1}]}
    buyer.mutate("holdTickets", "HoldTicketsInput", "hold { id }",
                 {"eventId": names["EVENT"], "lines": [{"ticketTypeId": names["SITTING"], "quantity": 1, "seatIds": [names["SEAT2"]]}]})
    names["TOKEN"] = buyer.mutate("holdTickets", "HoldTicketsInput", "hold { token }", lines)["hold"]["token"]
    ordered = buyer.mutate("holdTickets", "HoldTicketsInput", "hold { token }", lines)["hold"]["token"]
    order = buyer.mutate("placeOrder", "PlaceOrderInput", "order { id secret }",
                         {"holdToken": ordered, "email": "a@example.org", "name": "A"})["order"]
    names["ORDER"], names["SECRET"] = order["id"], order["secret"]
    return names


def fill(value, names):
    """The value with $NAMES put in."""
    if isinstance(value, str):
        for name in sorted(names, key=len, reverse=True):
            value = value.replace("$" + name, names[name])
        return value
    if isinstance(value, list):
        return [fill(item, names) for item in value]
    return {key: fill(item, names) for key, item in value.items()} if isinstance(value, dict) else value


def changed(operation, change):
    """A good input of `operation` with one thing changed, by its dotted path."""
    value = json.loads(json.dumps(good[operation]))
    (path, wrong), = change.items()
    *parents, last = path.split(".")
    at = value
    for step in parents:
        if isinstance(at, dict):
            at = at.setdefault(step, [])
        else:
            at = at[int(step)]
    if isinstance(at, list):
        at.insert(int(last), wrong)
    else:
        at[last] = wrong
    return value


def request_of(case, names):
    """(method, path, headers, body) of a case."""
    if case.kind == "http":
        method, path, headers, body = case.request
        return method, path, headers, body
    headers = {"Content-Type": "application/json"}
    if case.kind in ("gql", "field"):
        body = {"query": fill(case.request[0], names), "variables": case.request[1] or {}}
    else:
        operation, change = case.request
        kind = operation[0].upper() + operation[1:] + "Input"
        if operation in ("revokeTicket", "reissueTicket", "blockTicket"):
            kind = "TicketInput"
        body = {"query": f"mutation($input: {kind}!) {{ {operation}(input: $input) {{ userErrors {{ code message path }} }} }}",
                "variables": {"input": fill(changed(operation, change), names)}}
        if operation not in BUYERS:
            headers["Authorization"] = "Bearer " + TOKEN
    return "POST", "/graphql", headers, json.dumps(body).encode()


def send(connection, request):
    method, path, headers, body = request
    if body and len(body) > BODY_MAX:
        # Announced and never sent: the answer comes at once, and no reset can overtake it.
        connection.putrequest(method, path)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders()
    else:
        connection.request(method, path, body, headers)
    response = connection.getresponse()
    return response.status, response.read()


def judge(case, status, body):
    """None when the answer is right, else what is wrong with it."""
    if case.kind == "http":
        if status not in case.expect:
            return f"status {status}"
        return None if status in (404, 413) or json.loads(body)["errors"][0]["message"] else "no message"
    answer = json.loads(body)
    errors = answer.get("errors") or []
    if case.kind == "refuse":
        codes, path = case.expect
        refusals = [r for payload in (answer.get("data") or {}).values() for r in (payload or {}).get("userErrors", [])]
        if any(r["code"] in codes and ".".join(r["path"] or []) == path and r["message"] for r in refusals):
            return None
        return json.dumps(refusals or errors)[:300]
    code = errors[0].get("extensions", {}).get("code") if errors else None
    if not errors or not errors[0].get("message"):
        return f"no error: {body[:200]}"
    if case.kind == "coerce":
        last = case.expect.split(".")[-1]
        if code == "BAD_USER_INPUT" and "data" not in answer and last in json.dumps(errors[0]):
            return None
        return json.dumps(errors[0])[:300]
    if code not in case.expect:
        return json.dumps(errors[0])[:300]
    if case.kind == "gql" and ("data" in answer or status != 200 and status // 100 != 4):
        return f"status {status}, data present"
    if case.kind == "field" and not errors[0].get("path"):
        return "no path"
    return None


def rows(data):
    """Rows of every table in the store: what a refused input must not change."""
    store = sqlite3.connect(f"file:{glob.glob(os.path.join(data, '*.db'))[0]}?mode=ro", uri=True)
    tables = [name for name, in store.execute("select name from sqlite_master where type = 'table'")]
    counts = {name: store.execute(f'select count(*) from "{name}"').fetchone()[0] for name in tables}
    store.close()
    return counts


def cpu_ns(pid):
    return sum(int(open(path).read().split()[0]) for path in glob.glob(f"/proc/{pid}/task/*/schedstat"))


def cost(server, case, request):
    """CPU of one such request on the server, in microseconds, and what it may be."""
    connection, size = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20), len(request[3] or b"")
    before = cpu_ns(server.process.pid)
    for _ in range(REPEATS):
        try:
            send(connection, request)
        except (OSError, http.client.HTTPException):
            connection.close()
    spent = (cpu_ns(server.process.pid) - before) / REPEATS / 1000
    connection.close()
    return spent, FLOOR_US + PER_BYTE_US * size


def run_case(server, case, names, with_cpu):
    """None, or what is wrong."""
    request = request_of(case, names)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    try:
        status, body = send(connection, request)
        wrong = "a 5xx" if status >= 500 else judge(case, status, body)
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, IndexError) as problem:
        wrong = f"{type(problem).__name__}: {problem}"
    connection.close()
    if not wrong and with_cpu and case.expect != (413,):
        spent, allowed = cost(server, case, request)
        if spent > allowed:
            spent, allowed = cost(server, case, request)  # once more: the machine is shared
        if spent > allowed:
            wrong = f"{spent:.0f} µs of CPU, {allowed:.0f} allowed"
    return wrong


def main():
    binary, with_cpu = sys.argv[1], "--cpu" in sys.argv
    data, failed, kind = tempfile.mkdtemp(prefix="tessera-bad-"), 0, None
    server = Server(binary, data, TOKEN, ["--connections-per-address", "1000"] if "--caps" in sys.argv else [])
    server.start()
    names = setup(server.port)
    time.sleep(0.2)
    before = rows(data)
    for case in cases:
        wrong = run_case(server, case, names, with_cpu)
        if server.process.poll() is not None:
            wrong = f"the server ended with {server.process.returncode}"
            server.start()
        if case.kind != kind or wrong:
            after, kind = rows(data), case.kind
            if after != before:
                wrong, before = f"the store changed by the time of this case ({wrong or 'answered right'})", after
        if wrong:
            failed += 1
            print(f"FAILED {case.name}: {wrong}")
    if rows(data) != before:
        failed += 1
        print("FAILED the store changed during the last group")
    failed += server.stop() != 0
    shutil.rmtree(data)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
