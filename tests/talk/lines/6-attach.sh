curl -X POST -H "X-Auth-Token:$1" -H "Content-Type: application/json" -d '
{
    "volumeAttachment" : {
        "volumeId" : "[YOUR_VOLUME_ID]",
        "device" : "/dev/vdd"
    }
}' http://127.0.0.1:8774/v2/[YOUR_TENANT_ID]/servers/[YOUR_SERVER_ID]/os-volume_attachments | python -m json.tool
