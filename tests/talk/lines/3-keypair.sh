curl -X POST -H "X-Auth-Token:[YOUR_AUTH_TOKEN]" -H "Content-Type: application/json" -d '
{
    "keypair": {
        "name": "MyFirstKeyPair",
        "public_key": "[YOUR_PUBLIC_KEY]"
}
}' http://127.0.0.1:8774/v2/[YOUR_TENANT_ID]/os-keypairs | python -m json.tool
