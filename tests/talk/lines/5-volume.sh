curl -X POST -H "X-Auth-Token:$1" -H "Content-Type: application/json" -d '
{
   "volume" : {
      "size" : 10,
      "availability_zone" : null,
      "source_volid" : null,
      "description" : null,
      "multiattach" : false,
      "snapshot_id" : null,
      "backup_id" : null,
      "name" : null,
      "imageRef" : null,
      "volume_type" : null,
      "metadata" : {
      },
       "consistencygroup_id" : null
}
}' http://127.0.0.1:8776/v3/[YOUR_TENANT_ID]/volumes | python -m json.tool
