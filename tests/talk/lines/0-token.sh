curl -s -X POST -H "Content-Type: application/json" -d '
{
    "auth": {
        "tenantName": "admin",
        "passwordCredentials": {
            "username": "admin",
            "password": "secret"
        }
    }
}' http://127.0.0.1:5000/v2.0/tokens | python -m json.tool
