curl -s -H "X-Auth-Token:[YOUR_AUTH_TOKEN]" http://127.0.0.1:8774/v2/[YOUR_TENANT_ID]/flavors | python -m json.tool
