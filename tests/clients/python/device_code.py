"""Signs a user in by device code with MSAL Python; prints one line of JSON about what it got, never a token.

The code for the person goes to standard error. A second token comes from the cache, a third by the refresh token.
"""

import json
import os
import sys

import msal

environment = os.environ
scopes = [environment["SCOPE"]]


def outcome():
    client = msal.PublicClientApplication(
        environment["CLIENT_ID"], authority=environment["AUTHORITY"], instance_discovery=False
    )
    flow = client.initiate_device_flow(scopes)
    print(flow["user_code"], file=sys.stderr, flush=True)
    first = client.acquire_token_by_device_flow(flow)
    if "access_token" not in first:
        return {"outcome": "refused", "error": first["error"], "codes": first.get("error_codes")}
    account = client.get_accounts()[0]
    cached = client.acquire_token_silent_with_error(scopes, account)
    renewed = client.acquire_token_silent_with_error(scopes, account, force_refresh=True)
    return {
        "outcome": "token",
        "username": account["username"],
        "name": first["id_token_claims"]["name"],
        "cached": cached["access_token"] == first["access_token"],
        "renewed": renewed["access_token"] != first["access_token"],
        "scope": first["scope"],
    }


print(json.dumps(outcome()))
