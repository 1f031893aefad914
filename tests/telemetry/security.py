"""What whoever guards an installation sees: each event is a line of the log and is counted, with whom it is about and from where,
and none tells a secret. What changed something is in the audit."""
import json, os, re, sys, urllib.request
from sale import FOLDER, Watched, assert_untold, run

sys.path.insert(0, os.path.join(FOLDER, "..", "gateway"))
sys.path.insert(0, os.path.join(FOLDER, "..", "support"))
from authenticator import Authenticator
from client import Client, Refused
from oidcprovider import OidcProvider

EMAIL, PASSWORD, WRONG = "canary.guard@example.org", "canary horse battery", "canary wrong password"
SESSION = "session { accessToken refreshToken }"


class Guarded(Watched):
    """Everything happens once, unless it is said otherwise."""

    def __init__(self):
        self.provider = OidcProvider()
        super().__init__(*self.provider.flags, "--stripe-key", "sk_test_canary", "--stripe-webhook-secrets", "whsec_canary", "--log-level", "info", "--trusted-proxies", "127.0.0.1", "--rates", "requestPasswordReset=1/300")
        self.port, self.secrets = self.buyer.port, {"password": PASSWORD, "wrong password": WRONG, "e-mail": EMAIL, "owner token": self.ready["ownerToken"]}

    def keep(self, name, secret):
        self.secrets[f"{name} {len(self.secrets)}"] = secret
        return secret

    def say(self, name, value, selection=SESSION, client=None):
        return (client or self.buyer).mutate(name, name[0].upper() + name[1:] + "Input", selection, value)

    def refused_silently(self, *arguments, **more):
        try:
            self.say(*arguments, **more)
        except Refused:
            return
        raise AssertionError(arguments)

    def link(self):
        return self.keep("link", self.owner.call("{ mails(first: 1) { nodes { token } } }")["mails"]["nodes"][0]["token"])

    def session(self, name, value):
        session = self.say(name, value)["session"]
        self.keep("access token", session["accessToken"]), self.keep("refresh token", session["refreshToken"])
        return session

    def person(self):
        self.say("signUp", {"email": EMAIL, "name": "Canary"}, "accepted")
        self.refused_silently("verifyEmail", {"token": "canary-no-link", "password": PASSWORD})
        session = self.session("verifyEmail", {"token": self.link(), "password": PASSWORD})  # account-made, signed-in
        self.id = Client(self.port, session["accessToken"]).call("{ viewer { id } }")["viewer"]["id"]
        self.refused_silently("signIn", {"email": EMAIL, "password": WRONG})
        self.refused_silently("signIn", {"email": "canary.nobody@example.org", "password": WRONG})
        return session

    def reuse(self, session):
        token = session["refreshToken"]
        for _ in range(2):
            token = self.session("refreshSession", {"refreshToken": token})["refreshToken"]
        self.advance(60000)
        self.refused_silently("refreshSession", {"refreshToken": session["refreshToken"]})
        self.refused_silently("signUp", {"email": "x@example.org", "name": "X"}, "accepted", client=Client(self.port, session["accessToken"]))

    def password(self):
        reset = {"email": EMAIL}
        self.say("requestPasswordReset", reset, "accepted")
        headers = {"Content-Type": "application/json", "X-Forwarded-For": "192.0.2.44"}
        body = json.dumps({"query": 'mutation { a: requestPasswordReset(input: {email: "x@example.org"}) { accepted } b: requestPasswordReset(input: {email: "x@example.org"}) { accepted } }'})
        answer = json.load(urllib.request.urlopen(urllib.request.Request(self.url, body.encode(), headers), timeout=10))
        assert answer["errors"][0]["extensions"]["code"] == "RATE_LIMITED", answer
        mails = self.owner.call("{ mails(first: 9) { nodes { kind token } } }")["mails"]["nodes"]
        token = self.keep("link", next(mail["token"] for mail in mails if mail["kind"] == "RESET_PASSWORD"))
        return self.session("resetPassword", {"token": token, "password": PASSWORD + "!"})

    def machines(self, organizer):
        made = self.owner.mutate("createApiKey", "CreateApiKeyInput", "apiKey { id } token", {"organizerId": organizer, "name": "Till", "rights": ["DOOR"]})
        key = Client(self.port, self.keep("API key", made["token"]))
        self.refused_silently("createApiKey", {"organizerId": organizer, "name": "Mine", "rights": ["MONEY"]}, "token", client=key)
        self.owner.mutate("revokeApiKey", "RevokeApiKeyInput", "apiKey { id }", {"apiKeyId": made["apiKey"]["id"]})
        device = self.owner.mutate("createDevice", "CreateDeviceInput", "device { id } pairingCode", {"organizerId": organizer, "name": "Gate"})
        self.refused_silently("pairDevice", {"code": "AAAA-AAAA-AAAA"}, "token")
        self.keep("device token", self.buyer.mutate("pairDevice", "PairDeviceInput", "token", {"code": self.keep("pairing code", device["pairingCode"])})["token"])
        self.owner.mutate("revokeDevice", "RevokeDeviceInput", "device { id }", {"deviceId": device["device"]["id"]})
        self.key_id, self.device_id = made["apiKey"]["id"], device["device"]["id"]

    def own_provider(self, organizer):
        """An organizer's, made, changed and removed."""
        made = self.owner.mutate("createOidcProvider", "CreateOidcProviderInput", "oidcProvider { id }",
                                 {"organizerId": organizer, "name": "Staff", "issuer": self.provider.issuer, "clientId": "tessera", "clientSecret": self.keep("client's secret", "canary-of-a-client")})
        self.provider_id = made["oidcProvider"]["id"]
        self.owner.mutate("updateOidcProvider", "UpdateOidcProviderInput", "oidcProvider { id }", {"oidcProviderId": self.provider_id, "name": "Crew"})
        self.owner.mutate("removeOidcProvider", "RemoveOidcProviderInput", "oidcProvider { id }", {"oidcProviderId": self.provider_id})

    def team(self, organizer, session):
        team = self.owner.mutate("createTeam", "CreateTeamInput", "team { id }", {"organizerId": organizer, "name": "Gate", "role": "SCANNER"})["team"]["id"]
        self.owner.mutate("inviteMember", "InviteMemberInput", "accepted", {"teamId": team, "email": EMAIL})
        me = Client(self.port, session["accessToken"])
        self.say("acceptInvitation", {"token": self.link()}, "team { id }", client=me)
        self.say("signOut", {}, "signedOut", client=me)
        self.team_id = team

    def passkey(self, me):
        """One that is added, signs in, is not believed, and goes."""
        password, key = {"password": PASSWORD + "!"}, Authenticator()
        made = self.say("createPasskey", {"name": "Key", **key.create(self.say("startPasskey", password, "options", client=me)["options"])}, "passkey { id }", client=me)
        options = self.buyer.call("mutation { startPasskeySignIn { options } }")["startPasskeySignIn"]["options"]
        signed = key.get(options)
        self.keep("signature", signed["signature"])
        self.session("signInByPasskey", signed)
        self.refused_silently("signInByPasskey", signed)
        self.say("removePasskey", {"passkeyId": made["passkey"]["id"], **password}, "passkey { id }", client=me)

    def providers(self, me):
        """Linked by consent, come in by, not believed, and unlinked."""
        password = {"password": PASSWORD + "!"}
        begun = self.say("startProviderLink", {"provider": "house", "returnTo": "/", **password}, "url", client=me)["url"]
        token = self.provider.go(self.port, self.keep("consent", begun))[1].split("#link=")[1]
        linked = self.say("linkProvider", {"token": self.keep("identity", token)}, "providerIdentity { id }", client=me)["providerIdentity"]["id"]
        assert self.provider.go(self.port, "/oidc/house/start")[0] == 303
        assert self.provider.go(self.port, "/oidc/house/callback?code=canary-code&state=x")[0] == 400
        self.say("unlinkProvider", {"providerIdentityId": linked, **password}, "providerIdentity { id }", client=me)

    def webhook(self):
        """What says to be Stripe's and is not."""
        try:
            urllib.request.urlopen(urllib.request.Request(self.url.replace("/graphql", "/webhooks/stripe"), b"{}", {"Stripe-Signature": "t=1,v1=" + "0" * 64}), timeout=5)
            raise AssertionError("it was heard")
        except urllib.error.HTTPError as error:
            assert error.code == 400, error

    def live(self):
        organizer = self.organizer()
        self.reuse(self.person())
        self.machines(organizer)
        self.own_provider(organizer)
        self.team(organizer, self.password())
        me = Client(self.port, self.session("signIn", {"email": EMAIL, "password": PASSWORD + "!"})["accessToken"])
        self.passkey(me)
        self.providers(me)
        self.webhook()
        query = "query($id: ID!) { node(id: $id) { ... on Organizer { audit(first: 100) { nodes { operation objectId changes { from to } } } } } }"
        self.audit = self.owner.call(query, {"id": organizer})["node"]["audit"]["nodes"]
        self.figures = urllib.request.urlopen(self.admin + "/metrics", timeout=5).read().decode()


GUARDED = Guarded()
try:
    GUARDED.live()
finally:
    GUARDED.close()
LINES = [json.loads(line) for line in GUARDED.lines]
EVENTS = [line for line in LINES if line.get("event.kind") == "event"]
HAPPENED = {"signed-in": 5, "sign-in-refused": 2, "pairing-refused": 1, "link-refused": 1, "token-refused": 1, "refresh-token-reused": 1, "session-ended": 2,
            "account-made": 1, "password-changed": 1, "second-factor-changed": 0, "email-changed": 0, "code-refused": 0, "key-made": 1, "key-revoked": 1, "device-paired": 1,
            "device-revoked": 1, "rights-changed": 1, "access-denied": 1, "rate-limited": 1, "passkey-added": 1, "passkey-used": 1, "passkey-refused": 1, "passkey-removed": 1,
            "provider-linked": 1, "provider-used": 1, "provider-refused": 1, "provider-unlinked": 1,
            "provider-made": 1, "provider-changed": 1, "provider-removed": 1, "webhook-refused": 1}


def each_is_a_line_and_is_counted():
    counts = {name: int(value) for name, value in re.findall(r'^tessera_security_events_total\{event="([a-z-]+)"\} (\d+)$', GUARDED.figures, re.M)}
    assert counts == HAPPENED, counts
    told = [line["event.action"] for line in EVENTS]
    assert {name: told.count(name) for name in HAPPENED} == HAPPENED, told


def a_line_says_who_and_whom_and_how_it_ended():
    for line in EVENTS:
        assert line["event.category"] in ("authentication", "session", "iam", "intrusion_detection"), line
        failed = line["event.action"] in ("access-denied", "rate-limited", "refresh-token-reused") or line["event.action"].endswith("-refused")
        assert line["event.outcome"] == ("failure" if failed else "success"), line
        assert line["user.id"] and line["trace.id"], line
    subjects = {line["event.action"]: line.get("tessera.subject") for line in EVENTS}
    people = ("signed-in", "session-ended", "account-made", "password-changed", "refresh-token-reused", "rights-changed", "passkey-added", "passkey-used", "passkey-removed", "provider-linked", "provider-used", "provider-unlinked")
    assert all(subjects[name] == GUARDED.id for name in people), subjects
    assert subjects["key-made"] == subjects["key-revoked"] == GUARDED.key_id and subjects["device-paired"] == GUARDED.device_id, subjects
    assert subjects["provider-made"] == subjects["provider-changed"] == subjects["provider-removed"] == GUARDED.provider_id, subjects
    limited = next(line for line in EVENTS if line["event.action"] == "rate-limited")
    assert limited["client.ip"] == "192.0.2.44" and limited["tessera.operation"] == "requestPasswordReset", limited


def what_changed_something_is_in_the_audit():
    seen = {(entry["operation"], entry["objectId"]) for entry in GUARDED.audit}
    for change in (("createApiKey", GUARDED.key_id), ("revokeApiKey", GUARDED.key_id), ("pairDevice", GUARDED.device_id), ("revokeDevice", GUARDED.device_id),
                   ("createTeam", GUARDED.team_id), ("acceptInvitation", GUARDED.team_id)):
        assert change in seen, (change, seen)


def no_line_and_no_figure_tells_a_secret():
    assert len(GUARDED.secrets) > 12
    for text in ("".join(GUARDED.lines), GUARDED.figures, json.dumps(GUARDED.audit)):
        assert_untold(text, GUARDED.secrets)


def the_list_in_the_documentation_is_whole():
    text = open(os.path.join(FOLDER, "..", "..", "README.md")).read()
    assert all(f"`{name}`" in text for name in HAPPENED), [name for name in HAPPENED if f"`{name}`" not in text]


run([each_is_a_line_and_is_counted, a_line_says_who_and_whom_and_how_it_ended, what_changed_something_is_in_the_audit,
     no_line_and_no_figure_tells_a_secret, the_list_in_the_documentation_is_whole])
