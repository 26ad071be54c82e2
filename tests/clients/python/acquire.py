"""Asks MSAL Python twice for an app-only token and prints one line of JSON about it, never the token."""

import base64
import hashlib
import json
import os
import re
import ssl

import msal

environment = os.environ
authority = environment["AUTHORITY"]
oidc = environment.get("AUTHORITY_KIND") == "oidc"


def credential():
    if "CLIENT_SECRET" in environment:
        return environment["CLIENT_SECRET"]
    if "CLIENT_ASSERTION" in environment:
        return {"client_assertion": lambda: environment["CLIENT_ASSERTION"]}
    pem = environment["CLIENT_CERTIFICATE"]
    begin = pem.index("-----BEGIN CERTIFICATE-----")
    key, certificate = pem[:begin], pem[begin:]
    if environment["THUMBPRINT"] == "sha256":
        return {"private_key": key, "public_certificate": certificate}
    return {"private_key": key, "thumbprint": hashlib.sha1(ssl.PEM_cert_to_DER_cert(certificate)).hexdigest()}


def claims_of(token):
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def refused(error, text):
    code = re.search(r"AADSTS(\d+)", text)
    return {"outcome": "refused", "error": error, "code": int(code.group(1)) if code else None}


def acquire_twice():
    try:
        client = msal.ConfidentialClientApplication(
            environment["CLIENT_ID"],
            client_credential=credential(),
            authority=None if oidc else authority,
            oidc_authority=authority if oidc else None,
            instance_discovery=False if environment.get("INSTANCE_DISCOVERY") == "off" else None,
        )
    except ValueError as error:
        return refused("ValueError", str(error))
    first = client.acquire_token_for_client([environment["SCOPE"]])
    second = client.acquire_token_for_client([environment["SCOPE"]])
    if "access_token" not in first:
        return refused(first["error"], first["error_description"])
    return {
        "outcome": "token",
        "length": len(first["access_token"]),
        "claims": claims_of(first["access_token"]),
        "cached": second["token_source"] == "cache" and second["access_token"] == first["access_token"],
    }


print(json.dumps(acquire_twice()))
