"""Microsoft Graph SDK for Python: registers an API and a daemon, grants, takes a token, deletes and restores.

Prints one line of JSON about it, never a secret or a token. Host names are Microsoft's own: a proxy leads them to the tenant.
"""

import asyncio
import base64
import json
import os
import sys
import uuid

from azure.identity import DeviceCodeCredential
from azure.identity.aio import ClientSecretCredential
from kiota_abstractions.base_request_configuration import RequestConfiguration
from msgraph import GraphServiceClient
from msgraph.generated.applications.applications_request_builder import ApplicationsRequestBuilder
from msgraph.generated.applications.item.add_password.add_password_post_request_body import AddPasswordPostRequestBody
from msgraph.generated.models.api_application import ApiApplication
from msgraph.generated.models.app_role import AppRole
from msgraph.generated.models.app_role_assignment import AppRoleAssignment
from msgraph.generated.models.application import Application
from msgraph.generated.models.o_data_errors.o_data_error import ODataError
from msgraph.generated.models.optional_claim import OptionalClaim
from msgraph.generated.models.optional_claims import OptionalClaims
from msgraph.generated.models.password_credential import PasswordCredential
from msgraph.generated.models.service_principal import ServicePrincipal
from msgraph_core.tasks.page_iterator import PageIterator

environment = os.environ
name = environment["NAME"]
role_id = uuid.UUID("6f1c9c1e-52d1-4a3f-9a6e-5d0b7c2f8e11")


def credential(client_id, secret):
    return ClientSecretCredential(environment["TENANT_ID"], client_id, secret, retry_total=0)


def administrator_credential():
    """An application with a secret or, without one, a person who is shown a code on standard error."""
    if "CLIENT_SECRET" in environment:
        return credential(environment["CLIENT_ID"], environment["CLIENT_SECRET"])
    return DeviceCodeCredential(
        tenant_id=environment["TENANT_ID"],
        client_id=environment["CLIENT_ID"],
        prompt_callback=lambda _url, code, _expires: print("code", code, file=sys.stderr, flush=True),
    )


async def claims(by, api_app_id):
    token = (await by.get_token(f"api://{api_app_id}/.default")).token
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


async def refused(call):
    try:
        await call
        return {"status": 200, "code": None}
    except ODataError as error:
        return {"status": error.response_status_code, "code": error.error.code}


async def register(graph, application):
    made = await graph.applications.post(application)
    principal = await graph.service_principals.post(ServicePrincipal(app_id=made.app_id))
    return {"objectId": made.id, "appId": made.app_id, "servicePrincipalId": principal.id}


async def register_api(graph):
    role = AppRole(
        id=role_id,
        value="ToDoList.Read.All",
        display_name="Read",
        description="Reads every list.",
        allowed_member_types=["Application"],
        is_enabled=True,
    )
    api = await register(
        graph,
        Application(
            display_name=f"{name} API, unfinished",
            api=ApiApplication(requested_access_token_version=2),
            app_roles=[role],
        ),
    )
    by_id = graph.applications.by_application_id(api["objectId"])
    await by_id.patch(
        Application(
            display_name=f"{name} API",
            identifier_uris=[f"api://{api['appId']}"],
            optional_claims=OptionalClaims(access_token=[OptionalClaim(name="idtyp")]),
        )
    )
    read = await by_id.get()
    facts = {"displayName": read.display_name, "identifierUris": read.identifier_uris}
    return api | facts | {"roles": [role.value for role in read.app_roles]}


async def names_one_by_one(graph):
    names = []
    parameters = ApplicationsRequestBuilder.ApplicationsRequestBuilderGetQueryParameters(
        filter=f"startswith(displayName,'{name}')", select=["displayName"], top=1
    )
    first = await graph.applications.get(RequestConfiguration(query_parameters=parameters))

    def keep(application):
        names.append(application.display_name)
        return True

    await PageIterator(first, graph.request_adapter).iterate(keep)
    return names


async def grant(graph, api, daemon):
    assigned = await graph.service_principals.by_service_principal_id(api["servicePrincipalId"]).app_role_assigned_to.post(
        AppRoleAssignment(
            principal_id=uuid.UUID(daemon["servicePrincipalId"]),
            resource_id=uuid.UUID(api["servicePrincipalId"]),
            app_role_id=role_id,
        )
    )
    ids = {"principalId": assigned.principal_id, "resourceId": assigned.resource_id, "appRoleId": assigned.app_role_id}
    return {key: str(value) for key, value in ids.items()}


async def live():
    administrator = administrator_credential()
    graph = GraphServiceClient(administrator)
    api = await register_api(graph)
    daemon = await register(graph, Application(display_name=f"{name} daemon"))
    application = graph.applications.by_application_id(daemon["objectId"])
    made_by = PasswordCredential(display_name=f"made by {name}")
    secret = await application.add_password.post(AddPasswordPostRequestBody(password_credential=made_by))
    own = credential(daemon["appId"], secret.secret_text)
    # Another credential object, so that no cache answers.
    again = credential(daemon["appId"], secret.secret_text)
    record = {
        "api": api,
        "daemon": daemon,
        "found": await names_one_by_one(graph),
        "secret": {"keyId": str(secret.key_id), "hint": secret.hint, "length": len(secret.secret_text)},
        "grant": await grant(graph, api, daemon),
        "claims": await claims(own, api["appId"]),
        "denied": await refused(GraphServiceClient(own).applications.by_application_id(api["objectId"]).get()),
    }
    await application.delete()
    record["missing"] = await refused(application.get())
    deleted = await graph.directory.deleted_items.graph_application.get()
    record["deleted"] = [item.display_name for item in deleted.value if item.display_name.startswith(name)]
    for object_id in (daemon["objectId"], daemon["servicePrincipalId"]):
        await graph.directory.deleted_items.by_directory_object_id(object_id).restore.post()
    restored = await application.get()
    key_ids = [str(credential.key_id) for credential in restored.password_credentials]
    record["restored"] = {"appId": restored.app_id, "keyIds": key_ids}
    record["claimsAfterwards"] = await claims(again, api["appId"])
    for one in (own, again):
        await one.close()
    # The one for a person is not asynchronous, and has nothing to close.
    if isinstance(administrator, ClientSecretCredential):
        await administrator.close()
    print(json.dumps(record))


asyncio.run(live())
