"""`Evidence` becomes one `Cause`, by a table tried from the top: most telling first. Pure; knows neither words nor network.

How Google's error model works, and so the order of the rules (DESIGN §3): the structured reason of `ErrorInfo` first,
but where one reason is used for several things its message decides; then status and code together with the wording
that Google uses for them; last the transport. What no rule knows is `unknown`, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from gemini_setup.answers import Evidence, Surface
from gemini_setup.outcomes import Cause, Outcome

_OUTCOMES: Final = {
    "key-not-valid": Outcome.REFUSED,
    "key-expired": Outcome.REFUSED,
    "key-leaked": Outcome.REFUSED,
    "key-suspended": Outcome.REFUSED,
    "key-owner-disabled": Outcome.REFUSED,
    "key-not-sendable": Outcome.REFUSED,
    "key-taken-for-token": Outcome.REFUSED,
    "api-keys-not-supported": Outcome.REFUSED,
    "credential-missing": Outcome.UNANSWERED,
    "credentials-sent-twice": Outcome.UNANSWERED,
    "access-token-expired": Outcome.REFUSED,
    "service-account-not-found": Outcome.REFUSED,
    "service-account-disabled": Outcome.REFUSED,
    "service-account-key-revoked": Outcome.REFUSED,
    "private-key-unreadable": Outcome.REFUSED,
    "file-not-json": Outcome.REFUSED,
    "file-not-service-account": Outcome.REFUSED,
    "no-credentials-found": Outcome.REFUSED,
    "sign-in-expired": Outcome.REFUSED,
    "oauth-client-not-valid": Outcome.REFUSED,
    "oauth-client-not-authorized": Outcome.REFUSED,
    "scope-not-valid": Outcome.REFUSED,
    "token-request-not-valid": Outcome.REFUSED,
    "wrong-address": Outcome.UNANSWERED,
    "request-not-valid": Outcome.ACCEPTED,
    "api-disabled": Outcome.BLOCKED,
    "key-restricted-to-other-apis": Outcome.BLOCKED,
    "key-restricted-to-websites": Outcome.BLOCKED,
    "key-restricted-to-addresses": Outcome.BLOCKED,
    "key-restricted-to-android-apps": Outcome.BLOCKED,
    "key-restricted-to-ios-apps": Outcome.BLOCKED,
    "role-missing": Outcome.BLOCKED,
    "permission-denied": Outcome.BLOCKED,
    "quota-project-missing": Outcome.BLOCKED,
    "quota-project-denied": Outcome.BLOCKED,
    "project-not-found": Outcome.BLOCKED,
    "project-denied": Outcome.BLOCKED,
    "account-disabled": Outcome.BLOCKED,
    "billing-disabled": Outcome.BLOCKED,
    "billing-overdue": Outcome.BLOCKED,
    "billing-country-restricted": Outcome.BLOCKED,
    "location-not-supported": Outcome.BLOCKED,
    "location-needs-billing": Outcome.BLOCKED,
    "organisation-policy": Outcome.BLOCKED,
    "oauth-app-restricted": Outcome.BLOCKED,
    "scope-missing": Outcome.BLOCKED,
    "model-not-found": Outcome.BLOCKED,
    "model-retired": Outcome.BLOCKED,
    "model-not-allowed": Outcome.BLOCKED,
    "model-needs-publisher": Outcome.BLOCKED,
    "google-frontend-refused": Outcome.UNANSWERED,
    "service-starting": Outcome.BLOCKED,
    "quota-per-minute": Outcome.ACCEPTED,
    "quota-per-day": Outcome.ACCEPTED,
    "quota-zero": Outcome.ACCEPTED,
    "quota-exhausted": Outcome.ACCEPTED,
    "credits-depleted": Outcome.ACCEPTED,
    "spending-cap": Outcome.ACCEPTED,
    "capacity-exhausted": Outcome.ACCEPTED,
    "model-overloaded": Outcome.ACCEPTED,
    "google-error": Outcome.UNANSWERED,
    "google-timeout": Outcome.UNANSWERED,
    "dns-failed": Outcome.UNANSWERED,
    "connection-timeout": Outcome.UNANSWERED,
    "connection-broken": Outcome.UNANSWERED,
    "tls-intercepted": Outcome.UNANSWERED,
    "tls-failed": Outcome.UNANSWERED,
    "proxy-needs-sign-in": Outcome.UNANSWERED,
    "proxy-unreachable": Outcome.UNANSWERED,
    "not-google": Outcome.UNANSWERED,
    "clock-wrong": Outcome.UNANSWERED,
    "key-unrestricted": Outcome.BLOCKED,
    "credential-too-new": Outcome.UNANSWERED,
    "spending-rate": Outcome.ACCEPTED,
    "app-sign-in-retired": Outcome.BLOCKED,
    "account-not-eligible": Outcome.BLOCKED,
    "account-verification": Outcome.BLOCKED,
    "subscription-required": Outcome.BLOCKED,
    "sign-in-not-completed": Outcome.UNANSWERED,
    "outside-identity-failed": Outcome.REFUSED,
    "key-creation-denied": Outcome.BLOCKED,
    "program-refuses-key": Outcome.UNANSWERED,
    "works": Outcome.ACCEPTED,
    "unknown": Outcome.UNANSWERED,
}
CAUSES: Final[Mapping[str, Cause]] = MappingProxyType(
    {name: Cause(name, outcome) for name, outcome in _OUTCOMES.items()}
)
WORKS: Final = CAUSES["works"]
UNKNOWN: Final = CAUSES["unknown"]

#: The causes that open the Cloud Console key trap page by themselves (DESIGN §2). `api-keys-not-supported` does so
#: only where the native route was asked or on Vertex AI; see `opens_trap`.
TRAP: Final = frozenset(
    {
        "api-disabled",
        "key-restricted-to-other-apis",
        "key-restricted-to-websites",
        "key-restricted-to-addresses",
        "key-restricted-to-android-apps",
        "key-restricted-to-ios-apps",
        "key-unrestricted",
        "api-keys-not-supported",
    }
)
_UNSPECIFIC: Final = frozenset({"unknown", "permission-denied", "key-taken-for-token"})

Test = Callable[[Evidence], bool]


def reason(*names: str) -> Test:
    wanted = frozenset(names)
    return lambda e: not wanted.isdisjoint(e.reasons)


def words(pattern: str) -> Test:
    # Not compiled here: seventy patterns would cost the first frame and `get` 15 ms; `re` keeps them once they are used.
    return lambda e: re.search(pattern, e.words) is not None


def status(*numbers: int) -> Test:
    return lambda e: e.status in numbers


def code(*names: str) -> Test:
    return lambda e: e.code in names


def oauth(*names: str) -> Test:
    return lambda e: e.oauth in names


def surface(*surfaces: Surface) -> Test:
    return lambda e: e.surface in surfaces


def both(*tests: Test) -> Test:
    return lambda e: all(test(e) for test in tests)


def either(*tests: Test) -> Test:
    return lambda e: any(test(e) for test in tests)


def _no(test: Test) -> Test:
    return lambda e: not test(e)


def _google(e: Evidence) -> bool:
    """Google is in it: named in the text, or the caller says that this is one of its surfaces."""
    return e.google or (e.surface is not None and e.surface is not Surface.TRANSPORT)


def _here(e: Evidence) -> bool:
    """It happened on the way to Gemini: the caller says so, or the text does. Every program has refused connections."""
    return e.google or e.surface is not None


def _html(e: Evidence) -> bool:
    return e.html


def _google_page(e: Evidence) -> bool:
    """An error page that Google's own front wrote. A filter's block page names Google too, and is none."""
    return e.says(
        r"that.s an error|\)!!1|\bgoogle llc\b|the server encountered a temporary error and could not complete your request"
    )


_SIGN_IN = surface(Surface.OAUTH_TOKEN, Surface.GOOGLE_AUTH)
_GEMINI = surface(Surface.GEMINI_NATIVE, Surface.GEMINI_OPENAI, Surface.VERTEX_NATIVE, Surface.VERTEX_OPENAI)
_QUOTA = both(
    _google,
    either(
        status(429), code("RESOURCE_EXHAUSTED"), reason("RATE_LIMIT_EXCEEDED", "RESOURCE_QUOTA_EXCEEDED"),
        words(r"quota exceeded for (?:quota )?metric|quota exceeded for [a-z]+\.googleapis|error-code-429|resource (?:has been )?exhausted\b|you exceeded your current quota"),
    ),
)  # fmt: skip
_REFUSED = either(status(401, 403, 404), code("PERMISSION_DENIED", "NOT_FOUND", "UNAUTHENTICATED"))

_MESSAGE: Final = r"message[\"']?\s*[:=]\s*[\"']?(?!\s*[{\[])(.{1,400})"
# What people write into requests. A 400 that names none of it says nothing about the request.
_IN_REQUESTS: Final = (
    r"\b(?:requests?\b(?! contains an invalid argument|:? ?(?:failed|error|is invalid))|contents?|parts?|tools?|functions?|schema|mime ?type|modalit|tokens?\b|counttokens"
    r"|payload|images?|video|audio|document|files?\b|roles?\b|turns?|parameters?|fields?|json mode|instruction|temperature|top_?[pk]|budget|thinking|thought|cache|candidates?"
    r"|generation_?config|safety|threshold|setting|grounding|endpoint\b(?!:)|predict|streaming|response)"
)
_WRONG_WITH_IT: Final = (
    r"not supported|unsupported|not enabled|invalid|must|should|required|missing|exceed|too (?:large|small|long|many|short)|unable|cannot|can't|infeasible|restricted"
    r"|only|no pages|not valid|please (?:use|ensure|provide)|unknown name|unexpected|empty|already set|out of range|malformed|failed"
)


def _names_the_request(e: Evidence) -> bool:
    """Whether a 400's message names a field, a value or a state of the request, and what is wrong with it."""
    said = [found.group(1) for found in re.finditer(_MESSAGE, e.words)]
    if not said:  # a library that prints the message alone, after the status
        parts = re.split(r"\b400\b|invalid_argument|failed_precondition", e.words, maxsplit=1)
        said = [e.words if len(e.words) < 400 else parts[-1][:400]]
    return any(
        re.search(_IN_REQUESTS, text)
        and re.search(_WRONG_WITH_IT, text)
        and "invalid argument" not in text[:60]
        for text in said[:20]
    )


RULES: Final[tuple[tuple[str, Test], ...]] = (
    # What the client library or the system found before anything was sent.
    ("key-not-sendable", both(_here, words(r"'(?:ascii|latin-1)' codec can't encode|illegal header value|invalid header (?:field )?value|invalid (?:http )?header field value"
                               r"|cannot convert argument to a bytestring|invalid character in header content|non iso-8859-1 code point"
                               r"|header (?:value|content) contains|illegal request header|in header value|metadata was invalid|non-ascii header|invalid http header|unexpected char 0x\w+ at \d+ in [\w-]+ value"))),
    ("private-key-unreadable", both(_here, words(r"could not deserialize key data|unable to load pem|begin/end markers|no key could be detected"
                                     r"|malformedframing|error:[0-9a-f]+:.{0,40}pem|decoder routines|asn1 .*private key|invalid private key"
                                     r"|failed to parse private key|invalid pkcs|private key should be a pem"))),
    ("file-not-service-account", both(_here, words(r"was not in the expected format, missing fields|the type field is|\btype is none, expected one of"
                                       r"|unexpected credentials type|does not have a valid type|is not a valid service account"
                                       r"|missing fields (?:token_uri|client_email)|missing required client_email|client secrets must be for a web or installed app|does not contain a (?:client_email|private_key)|missing client_email"
                                       r"|must contain an? [\"']?(?:client_email|private_key|type)"))),
    # google-auth's own sentences: they name fields that only Google's files have.
    ("file-not-service-account", words(r"service account info was not in the expected format|missing fields (?:token_uri|client_email)|unexpected credentials type.{0,40}service_account"
                                       r"|incoming json object does not contain a (?:client_email|private_key)|service account must contain an? \W?(?:client_email|private_key|project_id)")),
    ("no-credentials-found", words(r"default credentials were not found|could not (?:automatically determine|load the default) credentials"
                                   r"|application default credentials (?:are|were) not (?:available|found)|could not find default credentials"
                                   r"|neither metadata server or valid service account|do not currently have an active account|google compute engine metadata service|compute engine metadata server.{0,80}unavailable|authentication failed using compute engine|gce internal metadata|metadata\.google\.internal|defaultcredentialserror.{0,20}file .{1,200} was not found")),
    ("no-credentials-found", both(_here, words("unable to authenticate your request"))),
    # Sign-ins that have nothing to do with a key: workload identity federation, and the products' own.
    ("outside-identity-failed", either(words(r"subject_?tokenexception|identity pool subject token|invalid format of aws credentials|error code \w+: .{0,120}(?:workload|identity ?pool)"
                                             r"|unable to retrieve (?:the )?(?:aws|oidc|saml|subject) .{0,40}token|executable.{0,40}subject token|subject token (?:file|is|was|could)|pluggable auth"),
                                       both(words(r"\bsts\.googleapis\.com|identitypoolcredentials|externalaccount|external_account|workload ?identity"),
                                            words(r"\berror\b.{0,20}invalid_(?:grant|target|request|client)|token exchange|exchange.{0,40}(?:failed|denied)|unable to (?:retrieve|exchange|acquire|obtain)|failed to (?:retrieve|exchange|acquire|generate|fetch)|federated token"
                                                  r"|\binvalid_(?:grant|target)\b|the audience in id token|id token issued at|credential is rejected by the attribute condition|does not match the expected")))),
    ("account-verification", either(reason("VALIDATION_REQUIRED"), words("validationrequirederror"), both(_here, words(r"(?:to continue, )?verify your account (?:to continue|at\b)|validation_url")))),
    ("subscription-required", either(reason("SUBSCRIPTION_REQUIRED"), words(r"\(#3501\)|lack a gemini code assist licen[sc]e|(?:code assist|gemini).{0,120}\bnamed users?\b|\bnamed users?\b.{0,120}(?:code assist|gemini)"),
                                     both(_here, words(r"valid licen[sc]e of this product|no (?:valid )?(?:gemini code assist|code assist) licen[sc]e")))),
    ("account-not-eligible", words(r"not eligible (?:for|to use) (?:gemini code assist|antigravity|google one ai|gemini cli)|(?:antigravity|code assist) is not available (?:for|to) (?:your|this) account")),
    ("app-sign-in-retired", either(reason("UNSUPPORTED_CLIENT"), words(r"this client is no longer supported|ineligibletiererror"))),
    ("sign-in-not-completed", either(words(r"authentication .{0,200}did not complete successfully|not ?(?:\*\*)? yet authorized to access your account|localhost:\d+/oauth2callback\?.{0,900}(?:unable|refused|can.t (?:be reached|connect)|not (?:found|reachable))"),
                                     both(_here, words(r"failed to authenticate with authorization code|authentication (?:timed out|(?:was )?cancel+ed|consent (?:was not|could not))|sign-?in (?:was )?(?:cancel+ed|not completed|timed out)|login (?:was )?(?:cancel+ed|timed out)|authorization (?:code )?(?:timed out|was not received)")))),
    ("key-creation-denied", words(r"(?:do not|don.t) have (?:the )?permissions? to create (?:a |an )?(?:new )?(?:api )?keys?\b|failed to (?:generate|create) (?:an? )?api key\W{1,3}(?:the )?(?:permission denied|caller does not)|key creation is not allowed on this service account"
                                  r"|disableserviceaccount(?:api)?keycreation")),
    # What the program itself says of a key before it sends it.
    ("program-refuses-key", both(_no(reason("API_KEY_INVALID")), either(
        words(r"(?:keys?\b|must|should|only|expect\w*|needs? to|has to).{0,80}(?:start|begin)(?:s|ing)? with:? ?\W{0,3}aiza|(?:start|begin)s? with\W{1,4}aiza\W{1,6}(?:is|are|were) (?:valid|accepted|allowed)|\baiza\W{0,3} prefix"),
        both(_google, words(r"(?:invalid|wrong|bad|incorrect|unrecogni[sz]ed) (?:gemini |google )?(?:api )?key format|(?:api )?key format (?:is )?(?:invalid|wrong|not valid)|key.{0,40}does(?: not|n.t) (?:match|look like) .{0,40}(?:format|pattern|\bkey\b)|key.{0,80}\bexpected \W{0,3}aiza"))))),
    # A gateway that hands out keys of its own has judged one of them, and Google was not asked.
    ("wrong-address", words(r"litellm virtual key|invalid proxy server token|litellm_verificationtoken|expected to start with .?sk-|key not allowed to access model\. this key can only")),
    # A file of Google's by its name, and the parser's complaint.
    ("file-not-json", words(r"(?:service[ _-]?account|application_credentials|json key file).{0,200}(?:valid json|jsondecodeerror|expecting (?:value: line|property name|[',:]{1,3} delimiter)|in json at position)")),
    # A proxy in front of everything.
    ("proxy-needs-sign-in", both(words(r"tunnel.{0,60}(?:\b|=)407\b|\b407 proxy authentication required"), _no(words(r"[a-z0-9-]\.[a-z]{2,}\b")))),
    ("proxy-needs-sign-in", both(_here, either(status(407), words(r"proxy authentication required|\b407 (?:from )?proxy|proxy.{0,60}\b407\b|tunnel.{0,60}\b407\b")))),
    ("proxy-unreachable", both(_here, words(r"proxyerror|cannot connect to proxy|unable to connect to proxy|proxy connect(?:ion)? (?:failed|refused|aborted)"
                                r"|tunnel connection failed|connect tunnel failed|tunneling socket could not|proxy server is refusing|proxyconnect tcp"
                                r"|could not resolve proxy|connection to proxy|proxyconnection|couldn't connect to proxy|connect\w* via proxy|proxy response \(\d|proxyagent.{0,60}econn|err_proxy_connection|err_tunnel_connection"
                                r"|http code \d{3} from proxy|unable to tunnel through proxy|proxy tunnel request|unsuccessful tunnel|tunnel error: |socks server failure|\bsocks5?\b.{0,60}(?:refused|failed|failure|unreachable|timed out)"
                                r"|sockshttps?connectionpool|problem communicating with the (?:secure )?web proxy|proxy server (?:isn't|is not) responding"
                                # Nobody's Gemini listens on this computer: what refuses there is a proxy that was set up.
                                r"|(?:econnrefused|connection refused|failed to connect to|connectexception)\W.{0,80}"
                                r"(?:127\.0\.0\.1|localhost|\[::1\]):\d"))),
    # TLS, before names and connections: its errors also say "connection".
    ("clock-wrong", either(words(r"short-lived token|reasonable timeframe|check your iat and exp|invalid jwt.{0,60}(?:\biat\b|\bexp\b|in the future)|token used too (?:early|late)|invalid_grant.{0,80}\bstale\b|\bstale to sign-in"),
                           both(_here, words(r"certificate is not yet valid|cert_not_yet_valid|err_cert_date_invalid")))),
    # Signed by somebody who is trusted, and still not good: nobody reads along.
    ("tls-failed", both(_here, words(r"certificate (?:has |is )?expired|cert_has_expired|not within its validity period|hostname mismatch|ip address mismatch|certificate is not valid for"
                         r"|does not match certificate's altnames|certificate (?:name|cn name) does not match|cn name does not match|certificate (?:has been |is |was )?revoked|err_cert_common_name_invalid|certificate is valid for .{1,200}, not |remotecertificatenamemismatch|notvalidforname|no subject alternative (?:dns )?name"
                         r"|peer certificate: expired|certificate relies on legacy common name"))),
    ("tls-intercepted", both(_here, words(r"certificate_verify_failed|self[- ]signed certificate|unable to get (?:local )?issuer|unable_to_(?:verify_leaf|get_issuer)"
                              r"|unable to verify the first certificate|certificate signed by unknown authority|pkix path|untrustedroot|partialchain"
                              r"|unable to find valid certification path|certificate verify failed|self_signed_cert|unknown ca\b|certificate is not trusted|err_cert_authority_invalid|unknownissuer"
                              r"|issuer is not trusted|could not establish trust relationship|remotecertificatechainerrors|pretending to be|sec_error_unknown_issuer|mitm_detected|(?:osstatus error |sslhandshake failed \()-98(?:07|13)\b|nsurlerrordomain.{0,12}-120[23]\b"
                              r"|certificate is not standards compliant|不受信任的颁发机构|nicht vertrauenswürdigen zertifizierungsstelle|not trusted by the trust provider|trust anchor for certification path|certificate chain was issued by an authority"))),
    # Not SSLWantReadError: every read that waits under TLS begins with one, and a traceback shows it above the time limit.
    ("tls-failed", both(_here, words(r"sslhandshake|kcfstreamerrordomainssl|nsurlerrordomain.{0,12}-120[01456]\b|secure connection to the server cannot be made|ssl/tls secure channel|ssl connection could not be established"
                         r"|look like a tls handshake|remote error: tls|unrecognized ssl message|error setting certificate|suitable tls ca certificate|tls: failed to verify|certificate unknown|\bssl[:_ .](?!py\b|sslwant).{0,60}(?:error|failure|eof|alert|wrong_version|handshake)|ssl(?:eof)?error|ssl_error|sslv3|tlsv1|wrong version number"
                         r"|err_tls|err_ssl|tls handshake|handshake[ _]failure|record layer failure|schannel: |handshakeexception|secure tls connection"
                         r"|remote certificate is invalid|eof occurred in violation of protocol"))),
    # What gRPC says of a server that it never reached carries the status 503 or UNAVAILABLE, and Google said nothing.
    ("dns-failed", both(_here, words(r"dns (?:resolution|lookup) (?:(?:to|for|of) \S{1,80} )?failed|c-ares status|name resolution failure"))),
    ("connection-timeout", both(_here, words(r"failed to connect to all addresses.{0,300}(?:timeout|timed out|deadline)"))),
    ("connection-broken", both(_here, words(r"failed to connect to all addresses|tcp handshaker? shutdown|last error: unavailable: .{0,80}socket closed|unavailable: io exception"))),
    # Another vendor's answer where Gemini's was expected: a base URL that leads elsewhere.
    ("wrong-address", both(_GEMINI, words(r"platform\.openai\.com|api\.openai\.com|console\.anthropic\.com|openrouter\.ai/"
                                          r"|console\.groq\.com|you didn't provide an api key\. you need to provide"))),
    # Structured reasons of Google's API front (google-facts §1.6).
    ("key-suspended", either(reason("CONSUMER_SUSPENDED"), words(r"consumer .{0,80}has been suspended"))),
    ("key-leaked", words(r"api key was reported as leaked")),
    ("key-leaked", both(_here, words(r"reported as leaked"))),
    ("key-expired", either(words(r"api[ _-]?key expired\. please renew|renew the api key"), both(_google, words(r"api[ _-]?key (?:has |is )?expired")))),
    ("key-not-valid", either(reason("API_KEY_INVALID"), words(r"api key not valid\. please pass|api key not found\. please pass|invalid auth key\b|please pass a valid api key"))),
    ("key-not-valid", both(_google, words(r"api key not (?:valid|found)\b(?!.{0,20}environment)|\bapi key is (?:invalid|not valid)|\binvalid api key\b"))),
    ("key-restricted-to-websites", either(reason("API_KEY_HTTP_REFERRER_BLOCKED"), words(r"requests from referr?er .{0,200}are blocked"))),
    ("key-restricted-to-addresses", either(reason("API_KEY_IP_ADDRESS_BLOCKED"), words(r"api key has an ip address restriction|originating ip address of the call"))),
    ("key-restricted-to-android-apps", either(reason("API_KEY_ANDROID_APP_BLOCKED"), words(r"requests from this android client application"))),
    ("key-restricted-to-ios-apps", either(reason("API_KEY_IOS_APP_BLOCKED"), words(r"requests from this ios client application"))),
    ("key-restricted-to-other-apis", either(reason("API_KEY_SERVICE_BLOCKED"), words(r"requests to this api .{0,200}\bare blocked|requests to this api [a-z.]{1,80}googleapis\.com method"))),
    ("key-unrestricted", words(r"requests from unrestricted api keys|unrestricted (?:api )?keys? (?:are|is|has been|have been) (?:blocked|rejected|not (?:allowed|supported)|no longer)")),
    # A user's own sign-in asks through a project of Google's: the reason speaks of that one.
    ("quota-project-missing", words(r"requires? a quota project|quota project, which is not set|is authenticating by using local application default credentials|using end user credentials from the google cloud sdk")),
    ("quota-project-denied", either(reason("USER_PROJECT_DENIED"), words(r"required permission to use project"))),
    ("billing-overdue", words(r"dunning decision")),
    ("billing-disabled", either(reason("BILLING_DISABLED"), words(r"this api method requires billing"),
                                both(_google, words(r"requires billing to be enabled|billing (?:account )?(?:is|has been) disabled|has billing disabled|billing account .{0,40}is not found|billing must be enabled|enable billing on project")))),
    ("service-starting", words(r"service agents? (?:are|is) being provisioned")),
    ("account-disabled", either(words(r"disabled in this account for violation"), both(_google, words(r"violation of (?:the |our )?terms of service")))),
    ("organisation-policy", either(reason("SECURITY_POLICY_VIOLATED"), oauth("admin_policy_enforced"), words("admin_policy_enforced"),
                                   words(r"prohibited by organization'?s policy|restricted by policies within your organi[sz]ation|vpcservicecontrolsuniqueidentifier|constraints/(?:gcp|vertexai|iam)\."),
                                   both(_google, words(r"organization policy|org(?:anization)?[ _-]?policy constraint|denied by org(?:anization)? policy|constraints/|vpc service controls|violates constraint")))),
    ("oauth-app-restricted", either(oauth("org_internal"), words(r"has not completed the google verification process|hasn.t been verified by google"))),
    ("api-disabled", either(reason("SERVICE_DISABLED"), words(r"has not been used in project .{0,80}(?:before )?or it is disabled|has not been used in project .{0,80}enable it by visiting"
                                                             r"|it is disabled\. enable it by"),
                            both(_google, words(r"\bapi (?:is|has been) (?:disabled|not enabled)")))),
    ("scope-missing", either(reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), words(r"insufficient authentication scopes"), both(_google, words(r"\binsufficient_scope\b")))),
    ("access-token-expired", reason("ACCESS_TOKEN_EXPIRED")),
    ("key-owner-disabled", either(reason("ACCOUNT_STATE_INVALID"), words(r"bound service account (?:is|was|has been) (?:deleted|disabled)"))),
    ("project-not-found", either(reason("CONSUMER_INVALID", "RESOURCE_PROJECT_INVALID"), words(r"permission denied on resource project"),
                                 both(_google, words(r"project .{0,60}(?:not found or (?:deleted|permission)|has been deleted)"
                                                     r"|\bproject (?:['\"`][\w:.-]{4,40}['\"`] )?(?:was |is )?not found")))),
    ("credentials-sent-twice", words(r"multiple authentication credentials(?: received|\W*$)|used with other authentication credentials")),
    # The reason CREDENTIALS_MISSING has two meanings: its message decides.
    ("api-keys-not-supported", words(r"api keys are not supported by this api")),
    ("credential-missing", words(r"unregistered callers|missing required authentication credential|callers without established identity")),
    ("credential-missing", both(_google, words(r"(?:missing or )?invalid authorization header|request is missing (?:a )?(?:valid )?(?:api key|required auth)"
                                               # Google's libraries stop before they send where no key is set.
                                               r"|missing key inputs argument|no api_key or adc found|api key must be (?:set|provided)|\bmissing api key"
                                               r"|(?:gemini|google)_api_key\b.{0,30}(?:not (?:found|set|defined|provided)|must be set|is (?:missing|required|empty))"))),
    ("api-keys-not-supported", reason("CREDENTIALS_MISSING")),
    # The token endpoint and google-auth.
    ("service-account-key-revoked", both(either(_google, oauth("invalid_grant")), words(r"invalid jwt signature|invalid signature for token"))),
    ("token-request-not-valid", words(r"failed audience check|invalid impersonation|invalid jwt\b.{0,40}(?:aud|sub)|(?:invalid|not a valid) email or user id|invalid_grant.{0,60}not a valid email|invalid principal for")),
    ("token-request-not-valid", both(_here, words(r"invalid subject|invalid principal"))),
    ("service-account-disabled", both(_here, either(oauth("account_disabled"), words(r"(?:service )?account (?:is|has been) disabled|account_disabled|robot is disabled")))),
    ("service-account-not-found", either(words(r"invalid grant: account not found|gaia id not found|no valid verifier found for issuer"),
                                         both(_google, words(r"account not found|account has been deleted|service account .{0,120}does not exist")))),
    ("oauth-client-not-valid", either(words(r"oauth client was (?:not found|deleted|disabled)"), oauth("deleted_client"), both(_google, oauth("invalid_client", "deleted_client", "disabled_client")))),
    ("oauth-client-not-authorized", either(words(r"client is unauthorized to retrieve access tokens"), both(_google, oauth("unauthorized_client")))),
    ("scope-not-valid", either(words(r"invalid oauth scope"), both(_google, either(oauth("invalid_scope"), words(r"missing required parameter: scope"))))),
    ("sign-in-expired", either(words(r"invalid_rapt|rapt_required|reauth related error|token has been expired or revoked"),
                               both(_google, words(r"reauthentication (?:is )?(?:needed|required|failed)")),
                               both(either(_google, words(r"description[\"']?\s*:\s*[\"']bad request")), oauth("invalid_grant"), _no(words(r"invalid jwt"))))),
    ("key-taken-for-token", either(reason("ACCESS_TOKEN_TYPE_UNSUPPORTED"), words(r"expected oauth ?2 access token"), both(_google, words(r"request had invalid authentication credentials")))),
    # Roles, places, projects.
    ("role-missing", either(reason("IAM_PERMISSION_DENIED"), words(r"permission ['\"`]?[a-z]+\.[a-z]+\.[a-z]+['\"`]? denied"),
                            both(_google, words(r"lacks? (?:the )?(?:required )?(?:iam )?permission|missing (?:the |required )*permission|required ['\"`]?[a-z]+\.[a-z]+\.[a-z]+['\"`]? permission|permission ['\"`]?[a-z]+\.[a-z]+\.[a-z]+['\"`]? is required"
                                                r"|does not have (?:permission )?['\"`]?(?:aiplatform|cloudaicompanion|generativelanguage|iam|serviceusage)\.[a-z]+\.[a-z]+")))),
    ("location-needs-billing", either(words(r"without a billing account linked"), both(_google, words(r"free tier is not available in your country")))),
    ("location-not-supported", either(words(r"user location is not supported|location is not supported for the api use"), both(_google, words(r"not available in your (?:country|region|location)")))),
    ("billing-country-restricted", words(r"restricted from your billing country")),
    ("project-denied", either(words(r"project has been denied access\. please contact"), both(_google, words(r"project has been denied access")))),
    ("credits-depleted", either(both(_google, words(r"(?:prepayment|prepaid) credits? (?:are|is|have been|has been) (?:depleted|exhausted|used)")), words("prepayment credits are depleted"), both(status(402), _google))),
    ("spending-rate", either(words(r"spend-based rate limit"), both(_google, words(r"spending rate has exceeded|spend(?:ing)? rate limit")))),
    ("spending-cap", either(words(r"spend cap breached|exceeded its (?:monthly )?spending cap"), both(_google, words(r"spend(?:ing)? (?:cap|limit)")))),
    # Models.
    ("model-needs-publisher", words(r"malformed publisher model")),
    ("model-not-allowed", words(r"not allowed to use (?:the )?publisher model")),
    ("model-not-allowed", both(_google, words(r"not allowed to (?:access|use) (?:the |this )?model|does not have access to (?:the |this )?model|not (?:in the allowlist|allowlisted)"))),
    ("model-retired", words(r"\bmodels?\b.{0,100}no longer available|\bthis model models/\S{1,80} is no\b")),
    ("model-retired", both(_google, _no(_QUOTA), words(r"no longer available|(?:\bmodels?\b|gemini[ -]\d).{0,100}(?:(?:has been|was|is) (?:retired|shut ?down|discontinued|deprecated)|no longer supported)"))),
    ("model-not-found", words(r"is not found for api version|publisher model .{0,200}(?:was |is )?not found|models?/[a-z0-9.-]+ is not found")),
    ("model-not-found", both(_google, either(status(404), code("NOT_FOUND")), words(r"publisher model [`'\"]?(?:projects|publishers)/"))),
    ("model-not-found", both(_google, _no(_html), words(r"unexpected model name|invalid model name|\bmodels?[ :'\"`/].{0,80}(?:not found|does not exist)|\bmodel .{0,120}not (?:supported|available|servable) in (?:the )?(?:region|location)"))),
    # Google's "sorry" page comes with 429, and is no quota.
    ("google-frontend-refused", both(either(_here, words(r"support\.google\.com/websearch")), words(r"may be sending automated queries|our systems have detected unusual traffic"))),
    # Quotas: zero before day before minute, for a limit of 0 is none of time (google-facts §4).
    ("quota-zero", both(_QUOTA, words(r"\blimit: 0\b(?!\.)|quota_limit_value[\"']?\s*[:=]\s*[\"']?0\b|quota_limit_value[\"']?,? value: [\"']?0\b|(?:doesn't|does not) have a free (?:quota )?tier|quotavalue[\"']?\s*[:=]\s*[\"']?0\b"))),
    ("capacity-exhausted", either(reason("MODEL_CAPACITY_EXHAUSTED"), both(_QUOTA, words(r"no capacity available for model")))),
    ("capacity-exhausted", both(_QUOTA, words(r"error-code-429|resource (?:has been )?exhausted\.? ?(?:\(e\.g\. check quota\)\.?)? please try again later"))),
    ("quota-per-day", both(_QUOTA, words(r"perday|per day|per_day|daily limit|daily quota"))),
    ("quota-per-day", both(_google, words(r"dailylimitexceeded"))),  # the reason of Google's older errors
    ("quota-per-minute", both(_QUOTA, words(r"perminute|per minute|per_minute"))),
    ("quota-exhausted", both(_QUOTA, _no(_html))),
    # Google's front door and its failures.
    ("google-frontend-refused", words(r"your client does not have permission to get url")),  # the page's sentence, however copied
    ("google-frontend-refused", both(_html, either(words(r"sorry/index|<title>sorry\.\.\.|our systems have detected unusual traffic|automated queries"),
                                                   both(either(status(403), words(r"error 403")), _google_page)))),
    ("wrong-address", both(_html, either(status(404), words(r"error 404|\b404\b")), _google_page)),
    # Google's own sign-in page; a portal that offers to "sign in with Google" names that host too.
    ("wrong-address", both(_html, words(r"<base href=[\"']?https://accounts\.google\.com|<title>\W*sign in - google accounts|\bwiz_global_data"))),
    ("google-timeout", both(_google, _no(_html), either(code("DEADLINE_EXCEEDED"), status(504)))),
    ("model-overloaded", words(r"this model is currently experiencing high demand\. spikes in demand")),
    ("model-overloaded", both(_google, _no(_html), either(words(r"model is overloaded|no capacity available for model|experiencing high demand|currently overloaded"),
                                                           both(status(503), either(code("UNAVAILABLE"), words("the service is currently unavailable")))))),
    ("google-error", both(_google, words(r"an internal error has occurred\. please retry or report"))),
    ("google-error", both(status(500, 502, 503), words(r"that.s an error\.? .{0,120}that.s all we know"))),  # the page's text, copied
    ("google-error", both(_google, either(both(_no(_html), either(status(500, 502, 503), code("INTERNAL"))), both(_html, either(status(500, 502, 503), words(r"error 50[023] \(")), _google_page)))),
    ("not-google", both(_here, _html, _no(_google_page))),
    # What is left of 4xx.
    ("permission-denied", both(_google, words(r"the caller does not have permission"))),
    ("permission-denied", both(_google, _REFUSED, words(r"[\"']permission denied\.?[\"']|you (?:do not|don't) have permission to access|api key (?:does not|doesn't) have the required permission"))),
    ("request-not-valid", both(_google, either(status(400, 413), code("INVALID_ARGUMENT", "FAILED_PRECONDITION")),
                               words(r"not supported for|invalid json payload|precondition check failed|fieldviolations|field_violations|generatecontentrequest\."
                                     r"|is not enabled for (?:this model|models/)|unable to submit request|invalid value at"))),
    ("request-not-valid", both(_google, _no(_html), words(r"invalid json payload received\. ?unknown name|generatecontentrequest proto is invalid|generatecontentrequest\.[a-z_]+[^ ]*: "))),
    ("request-not-valid", both(_google, _no(either(_html, _SIGN_IN)), either(status(400, 413), code("INVALID_ARGUMENT", "FAILED_PRECONDITION")), _names_the_request)),
    ("wrong-address", both(_google, status(404), _no(_html), words(r"^\W*$|\bmessage[\"']?: ?(?:\"\"|'')|requested entity was not found|method not found|no service found for the uri"))),
    ("wrong-address", both(_GEMINI, _no(_html), either(both(status(404), _no(code("NOT_FOUND")), _no(words(r"\berror[\"']?: ?\{|publisher model|\bmodels?/"))),
                                                       words(r"[\"']type[\"']: ?[\"'](?:authentication|invalid_request|not_found)_error[\"']")))),
    # The network.
    ("dns-failed", both(_here, words(r"(?<![a-z])enotfound|getaddrinfo|name or service not known|nodename nor servname|no such host|name resolution"
                         r"|could not resolve host|unable to resolve host|failed host lookup|eai_again|err_name_not_resolved|failed to resolve|nameresolutionerror"
                         r"|no address associated|unknownhost|dial tcp: lookup|name could not be resolved|errno 11001|failed to lookup address|dns error|nxdomain|eservfail|dns_probe_|unknown_host|specified hostname could not be found"
                         r"|nsurlerrordomain.{0,12}-100[36]\b|could not contact dns|dns lookup failed|host is unknown|no such host is known"
                         # As German, French, Spanish, Japanese and Chinese systems say it.
                         r"|host ist unbekannt|name oder der dienst ist nicht bekannt|namensauflösung|hôte inconnu|nom ou service inconnu|résolution du nom|host desconocido|nombre o servicio desconocido|resolución del nombre"
                         r"|ホストは不明|サービスが不明|名前解決|不知道这样的主机|未知的名称或服务|域名解析"))),
    ("connection-timeout", both(_here, words(r"connecttimeout|readtimeout|pooltimeout|writetimeout|etimedout|timed out|timeout error|connection timeout|sockettimeout|i/o timeout"
                                 r"|connect timeout|und_err_connect_timeout|und_err_headers_timeout|und_err_body_timeout|err_timed_out|deadline exceeded \(client"
                                 r"|semaphore timeout|due to timeout|timeout of \d+ ?m?s exceeded|winerror 10060|os error 10060|did not properly respond after a period of time|failed because connected host has failed to respond|sockettimedout|socket timeout|\[errno (?:60|110)\]|\berrno = (?:60|110|121|10060)\b|信号灯超时|zeitlimit für die semaphore|nsurlerrordomain.{0,12}-1001\b"
                                 r"|[\"'] ?: context deadline exceeded|httpclient\.timeout|deadline has elapsed|request timeout|timeoutexception|aborterror.{0,40}timeout|timeouterror"
                                 r"|nach einer bestimmten zeitspanne nicht richtig reagiert|wartezeit für die verbindung|zeitüberschreitung|n'a pas répondu convenablement|expiration du délai|no respondió adecuadamente|expiró el tiempo|tiempo de espera"
                                 r"|一段时间后没有正确答复|连接超时|請求逾時|连接尝试失败|一定の時間を過ぎても|タイムアウト"))),
    ("connection-broken", both(_here, words(r"econnreset|econnrefused|connection (?:was )?(?:refused|reset|aborted|closed|broken|error)|server ?disconnected|fetch failed"
                                r"|broken pipe|epipe|incomplete(?: chunked)? read|remoteprotocolerror|connecterror|readerror|socket hang up|network is unreachable"
                                r"|enetunreach|no route to host|err_connection|err_internet_disconnected|peer closed connection|premature close|apiconnectionerror"
                                r"|\bload failed\b|typeerror: terminated|\bnetwork ?error\b|failed to fetch|all connection attempts failed|error sending request|max retries exceeded|decodingerror|decompress"
                                r"|forcibly closed|remote end closed|couldn't connect to server|failed to connect to [\w.-]|cannot connect to (?:api|host)|[\"'] ?: eof\b"
                                r"|request to https?://\S+ failed\b|actively refused|\bconnect(?:ed|ing|ion)? to \S{1,80} failed|und_err_socket|other side closed|unexpected end of (?:stream|file)|empty reply from server|(?:recv|send) failure|unable to connect to the remote server|unable to connect\. is the computer"
                                r"|error occurred while sending the request|underlying connection was closed|(?:from|to) the transport connection|response ended prematurely|network connection was lost|appears to be offline|could not connect to the server|network request failed"
                                r"|xmlhttprequest error|chunkedencodingerror|incompleteread|err_stream_premature|err_http2|client connection lost|\[errno (?:51|54|61|65|101|104|111|113)\]|\berrno = (?:51|54|61|64|65|101|104|111|113|1225|1236|10054|10061)\b|os error (?:54|61|104|111|10054|10061)|nsurlerrordomain.{0,12}-100[459]\b|econnaborted|:econnrefused|connectexception"
                                r"|verbindung verweigert|verbindungsaufbau abgelehnt|vom remotehost geschlossen|kommunikationspartner zurückgesetzt|expressément refusée|connexion refusée|par l'hôte distant|denegó expresamente|conexión rehusada|forzado la interrupción"
                                r"|积极拒绝|强迫关闭|拒绝连接|连接被拒绝|拒否された|拒否されました|強制的に切断|無法連線|winerror 100(?:5[34]|61)|software caused connection abort|connection failure"))),
    ("file-not-json", both(_here, words(r"jsondecodeerror|expecting value: line|unexpected token .{0,40}(?:in|is not valid) json|invalid character .{0,40}looking for beginning"
                            r"|unexpected end of json input|not a valid json"))),
)  # fmt: skip


#: Sentences of Google's, each with its cause, for texts that a log or a window cut in the middle of one. Quotes are '.
_SENTENCES: Final = (
    ("method doesn't allow unregistered callers", "credential-missing"),
    ("missing or invalid authorization header", "credential-missing"),
    ("invalid authorization header", "credential-missing"),
    ("request is missing required authentication credential", "credential-missing"),
    ("multiple authentication credentials received", "credentials-sent-twice"),
    ("api keys are not supported by this api", "api-keys-not-supported"),
    ("access_token_type_unsupported", "key-taken-for-token"),
    ("request had invalid authentication credentials", "key-taken-for-token"),
    ("request had insufficient authentication scopes", "scope-missing"),
    ("api key not valid. please pass a valid api key", "key-not-valid"),
    ("api key not found. please pass a valid api key", "key-not-valid"),
    ("please pass a valid api key", "key-not-valid"),
    ("api key expired. please renew the api key", "key-expired"),
    ("your api key was reported as leaked", "key-leaked"),
    ("permission denied: consumer 'api_key:", "key-suspended"),
    ("permission denied on resource project", "project-not-found"),
    ("permission 'aiplatform.endpoints.predict' denied on resource", "role-missing"),
    ("requests to this api ", "key-restricted-to-other-apis"),
    ("requests from referer ", "key-restricted-to-websites"),
    ("requests from this android client application", "key-restricted-to-android-apps"),
    ("requests from this ios client application", "key-restricted-to-ios-apps"),
    ("the provided api key has an ip address restriction", "key-restricted-to-addresses"),
    ("generative language api has not been used in project ", "api-disabled"),
    ("vertex ai api has not been used in project ", "api-disabled"),
    ("agent platform api has not been used in project ", "api-disabled"),
    ("this api method requires billing to be enabled", "billing-disabled"),
    ("caller does not have required permission to use project", "quota-project-denied"),
    ("your application is authenticating by using local application default credentials", "quota-project-missing"),
    ("your application has authenticated using end user credentials", "quota-project-missing"),
    ("your project has been denied access", "project-denied"),
    ("your project has exceeded its monthly spending cap", "spending-cap"),
    ("your billing account has exceeded its monthly spending cap", "spending-cap"),
    ("your prepayment credits are depleted", "credits-depleted"),
    ("your client does not have permission to get url", "google-frontend-refused"),
    ("the caller does not have permission", "permission-denied"),
    ("this service has been disabled in this account", "account-disabled"),
    ("request is prohibited by organization's policy", "organisation-policy"),
    ("user location is not supported for the api use", "location-not-supported"),
    ("gemini api free tier is not available in your country", "location-needs-billing"),
    ("this model is currently experiencing high demand", "model-overloaded"),
    ("the model is overloaded. please try again later", "model-overloaded"),
    ("invalid jwt: token must be a short-lived token", "clock-wrong"),
    ("invalid jwt: failed audience check", "token-request-not-valid"),
    ("invalid_grant: invalid jwt signature", "service-account-key-revoked"),
    ("invalid impersonation 'sub' field", "token-request-not-valid"),
    ("invalid grant: account not found", "service-account-not-found"),
    ("the oauth client was not found", "oauth-client-not-valid"),
    ("the provided client secret is invalid", "oauth-client-not-valid"),
    ("token has been expired or revoked", "sign-in-expired"),
    ("your default credentials were not found", "no-credentials-found"),
    ("could not load the default credentials", "no-credentials-found"),
    ("service account info was not in the expected format", "file-not-service-account"),
)  # fmt: skip
#: Causes whose sentences name their product, whatever else a text names.
_NAMES_ITSELF: Final = frozenset(
    {
        "account-not-eligible", "account-verification", "app-sign-in-retired", "key-creation-denied",
        "sign-in-not-completed", "subscription-required",
    }
)  # fmt: skip
_ENOUGH: Final = 15  # characters of a sentence before the cut


def _begun(e: Evidence) -> str:
    """The cause of the one sentence that the text breaks off in, "unknown" where that could be more than one cause."""
    if not _google(e) or e.html:
        return "unknown"
    end = re.sub(r"[\"`\u2018\u2019\u201c\u201d]", "'", e.words[-120:]).rstrip(" .…'\\")
    begun = set()
    for sentence, cause in _SENTENCES:
        at = end.rfind(sentence[:_ENOUGH])
        if at >= 0 and sentence.startswith(end[at:]) and (at == 0 or not end[at - 1].isalnum()):
            begun.add(cause)
    return begun.pop() if len(begun) == 1 else "unknown"


def diagnose(evidence: Evidence) -> Cause:
    """The one cause that this evidence tells, `unknown` where it tells none."""
    if (
        evidence.surface is not None  # a log's line "200 OK" says nothing of the error under it
        and evidence.status is not None
        and 200 <= evidence.status < 300
        and not evidence.html
        and not evidence.reasons
    ):
        return WORKS
    if evidence.answered:
        return WORKS
    if evidence.empty and evidence.status is None:
        return UNKNOWN
    rules = RULES
    if evidence.elsewhere and evidence.surface is None:
        rules = tuple((name, test) for name, test in RULES if name in _NAMES_ITSELF)
    for name, test in rules:
        if test(evidence):
            return CAUSES[name]
    return UNKNOWN if rules is not RULES else CAUSES[_begun(evidence)]


def whose(evidence: Evidence) -> str:
    """Of a text without a cause: "shell" where one finds no such program, "foreign" where nothing names Google, or ""."""
    if evidence.says(r"command not found|is not recognized as (?:an internal|the name of)|: not found$"):
        return "shell"
    return "" if evidence.google else "foreign"


def judged(cause: Cause, evidence: Evidence, *, answered: bool) -> Cause:
    """The cause with the outcome that this answer proves (DESIGN §2).

    An overload, a quota or a complaint about the request shows that the credential is accepted only where somebody has
    looked at it: the answer names whom the request is counted to, or an earlier one in the same run was real
    (`answered`). A gateway or an outage in front of Google says the same of any text.
    """
    if cause is WORKS or cause.outcome is not Outcome.ACCEPTED or answered or evidence.consumer:
        return cause
    return replace(cause, outcome=Outcome.UNANSWERED)


#: What a credential, a role or an API of minutes ago looks like where Google does not know it yet.
_YOUNG: Final = frozenset(
    {"key-not-valid", "key-taken-for-token", "service-account-key-revoked", "role-missing", "api-disabled"}
)
#: Seconds until all of Google knows what was made.
YOUNG_FOR: Final = 600.0


def of_its_age(cause: Cause, age: float | None) -> Cause:
    """The same cause, or `credential-too-new` where what was asked about was made `age` seconds ago; None: not known."""
    young = age is not None and age < YOUNG_FOR
    return CAUSES["credential-too-new"] if young and cause.id in _YOUNG else cause


def opens_trap(
    cause: Cause,
    *,
    api_key: bool,
    native_asked: bool,
    vertex: bool,
    standard_key: bool,
    http_status: int | None,
) -> bool:
    """Whether a diagnosis opens the trap page (DESIGN §2): it is about API keys, so never for a service-account file.

    `standard_key` is the shape as a hint: of an `AIza` key that the native route turns away with 401 or 403 and no more
    specific reason, nobody has recorded the exact answer (google-facts §1.6 row 8).
    """
    if not api_key:
        return False
    if cause.id == "api-keys-not-supported":
        return vertex or native_asked
    if cause.id in TRAP:
        return True
    return standard_key and native_asked and http_status in (401, 403) and cause.id in _UNSPECIFIC
